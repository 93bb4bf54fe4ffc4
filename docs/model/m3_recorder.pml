/* M3: the recorder and the terminal row.  One job, two gateway replicas recording, cancel, deadline:
   recording.py, logbook.py, ending.py of the gateway. */
#ifndef CRASHES
#define CRASHES 2
#endif
#define ACC 1            /* the command itself, log seq 1 */
#define STARTED 2
#define ASSESSED 3       /* a step on the path */
#define ENDED 4          /* the kind's ending event */
#define SFAIL 5          /* StepFailed of a step on the path */
#define TOK 6
#define TFAIL 7
#define TCANC 8
#define RECOV 9
#define NE 10
#define OPEN 0
byte log[14], last, status;      /* log rows by seq; jobs.last_seq; jobs.status, OPEN or a T* */
bool flagged[14], inlog[NE];     /* row came after the terminal; "unique (stream_id, event_id)" */
byte inq[NE], terms, tseq;
byte crashes = CRASHES;

#ifdef MUTANT_NO_FLAG
#define LATE false
#else
#define LATE (bs!=OPEN)
#endif
inline append(e) {               /* one row in the open transaction's buffer */
  if
#ifndef MUTANT_NO_DEDUP
  :: inlog[e] || b_has[e] -> skip            /* "drop events already in the log" */
#endif
  :: else -> bl++; bn++; be[bn]=e; b_has[e]=true; bf[bn]=LATE fi }
inline terminal(t) { if :: bs==OPEN -> append(t); bs=t :: else fi }   /* "Terminal is a row the recorder appends once" */
inline begin_() { bl=last; bs=status; bn=0; b0=last }
inline commit_() {
  assert(last==b0 || bn==0);                 /* P1 nobody numbered meanwhile: seq gap-free and unique */
  bi=1;
  do :: bi<=bn ->
        assert(log[b0+bi]==0); log[b0+bi]=be[bi]; inlog[be[bi]]=true; flagged[b0+bi]=bf[bi];
        if :: be[bi]>=TOK && be[bi]<=TCANC -> terms++; tseq=b0+bi; inq[be[bi]]++    /* log and outbox: comes back as an event */
           :: be[bi]==RECOV -> inq[RECOV]++ :: else fi;
        assert(terms<=1);                    /* P2 exactly one terminal row */
        assert(tseq==0 || b0+bi<=tseq || flagged[b0+bi]);   /* P4 what comes later is flagged */
        b_has[be[bi]]=false; bi++
     :: else -> break od;
  if :: bn>0 -> assert(status==OPEN || status==bs);  /* P3 status never moves after the terminal */
        status=bs; last=bl :: else fi;
  assert(status!=TOK || inlog[ASSESSED]);    /* P6 a succeeded job's stream has the step's event */
  bi=0; bn=0; bl=0; bs=0; b0=0; be[1]=0; be[2]=0; be[3]=0; be[4]=0; bf[1]=0; bf[2]=0; bf[3]=0; bf[4]=0 }
#define LOCALS byte bl, bs, bn, b0, bi; byte be[5]; bool bf[5]; bool b_has[NE]
#define HAS(x) (inlog[x] || b_has[x])

inline judge() {                 /* _Stream.judge: two questions, one after the other */
  if
  :: bs==OPEN && HAS(SFAIL) -> terminal(TFAIL)              /* "A dead step on the path makes JobFailed" */
#ifdef MUTANT_END_AT_ONCE
  :: bs==OPEN && !HAS(SFAIL) && HAS(ENDED) -> terminal(TOK)
#else
  :: bs==OPEN && !HAS(SFAIL) && HAS(ENDED) && HAS(ASSESSED) -> terminal(TOK)
#endif
  :: else
  fi;
  if
  :: bs==TFAIL && HAS(ENDED) && !HAS(RECOV) -> append(RECOV)  /* the ending event on a failed job: recovered, once */
  :: else
  fi }
inline take(x) {
  if :: inq[STARTED]>0 -> x=STARTED :: inq[ASSESSED]>0 -> x=ASSESSED :: inq[ENDED]>0 -> x=ENDED :: inq[SFAIL]>0 -> x=SFAIL
     :: inq[TOK]>0 -> x=TOK :: inq[TFAIL]>0 -> x=TFAIL :: inq[TCANC]>0 -> x=TCANC
     :: inq[RECOV]>0 -> x=RECOV fi;
  inq[x]-- }
proctype Recorder(byte r) { byte a, b; LOCALS;
  /* a crash before the commit gives the batch back to the queue: the same as not having taken it yet */
   do
   :: atomic { take(a); if :: take(b) :: skip fi }           /* a batch of one or two, any order */
#ifdef MUTANT_NO_LOCK
      atomic { begin_(); append(a); if :: b!=0 -> append(b) :: else fi; judge() }
      atomic {
#else
      atomic {                                               /* "a statement that locks the batch's job rows"; under the lock one step: */
        begin_();                                            /* a crash inside it is a rollback, which is a crash before it */
        append(a); if :: b!=0 -> append(b) :: else fi; judge();
#endif
        commit_();
        if
        :: a=0; b=0                                          /* commit; ack */
        :: crashes>0 -> crashes--;                           /* committed, ack lost: both come again */
           inq[a]++; if :: b!=0 -> inq[b]++ :: else fi; a=0; b=0
        fi }
   od
}
proctype Ender(byte t) { LOCALS;                             /* DELETE /jobs/{id}, or the deadline's scan */
  if :: goto out :: skip fi;
#ifdef MUTANT_CHECK_BEFORE_LOCK
  bs=status;
  atomic { bl=last; b0=last;
#else
  atomic { begin_();
#endif
    if :: bs==OPEN -> terminal(t) :: else fi; commit_() }
out: skip }
proctype Steps() {                                           /* "The bus promises no order" */
  if
  :: atomic { inq[STARTED]++; inq[ASSESSED]++; inq[ENDED]++ }             /* both steps succeed */
  :: atomic { inq[STARTED]++; inq[ASSESSED]++; inq[SFAIL]++ }             /* the second step is dead */
  :: atomic { inq[ASSESSED]++; inq[SFAIL]++; inq[ENDED]++ }               /* dead, retried by hand, late success */
  fi }
/* an eternal idler: turns a stuck run into an infinite one, so that liveness sees it */
#ifdef LIVE
bool tick;
active proctype Tick() { do :: tick = !tick od }
#endif
init { atomic { log[1]=ACC; inlog[ACC]=true; last=1;         /* "Accept is one statement" */
  run Recorder(0); run Recorder(1); run Ender(TCANC); run Ender(TFAIL); run Steps() } }
/* P5 liveness without the deadline's help is in Ender's free choice to do nothing */
ltl reach { <> (status!=OPEN && terms==1) }

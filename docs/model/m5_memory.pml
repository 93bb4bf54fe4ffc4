/* M5: the memory bus.  One process, one accepted job: its outbox row, bound to one slow handler
   (its inbox row) and one fast one (a projection).  kill -9 at any point wipes the process, the
   database keeps what was committed.  Statements by their names in delivery/statements.py. */
#ifndef KILLS
#define KILLS 2
#endif
#ifndef UNK
#define UNK 1
#endif
#ifndef RETRIES
#define RETRIES 1
#endif
#ifndef MAX
#define MAX 4            /* more than KILLS, so a kill alone never ends in dead('crashed') */
#endif
/* durable */
bool accepted, row, claimed;             /* job committed; its outbox row; claimed_until > now() */
bool ex, done, due, owned; byte fence, tries; bool fdone;  /* slow inbox row; fast inbox row (done in the work's tx) */
byte eff, feff, sf;
/* memory of the process */
bool hold, cs, cf;                       /* the bus holds the id; slow / fast queue confirmed */
byte sq, fq;                             /* copies in the two queues */
byte kills = KILLS, unk = UNK, retries = RETRIES; byte life; /* life: the incarnation; a step of an older one never commits */
bool downp;

/* "only when every bound durable queue has confirmed is the outbox row deleted" */
inline confirm() {
  if :: hold && cs && cf -> assert((ex || done) && fdone); row=false; hold=false; cs=false; cf=false :: else fi }
inline publish() { if :: !hold -> hold=true; cs=false; cf=false; sq++; fq++ :: else fi }  /* "a publish of an id still held joins the one in flight" */

proctype Gateway() { byte l;             /* accept: one statement; then the fast path of the same process */
  atomic { !downp && !accepted -> l=life; accepted=true; row=true; claimed=true;
    if :: skip :: unk>0 -> unk--; goto out fi }              /* commit outcome unknown: nothing handed to the bus */
  atomic { if :: !downp && life==l && row -> publish() :: else fi }
out: skip }
proctype Relay() {                       /* SWEEP: its claim has expired, and the bus does not hold its id */
  do
  :: atomic { !downp && row && !claimed && !hold -> claimed=true; publish() }
  od }
proctype Expire() {                      /* claims last 10 s (birth) or 30 s (sweep) */
  do
#ifndef MUTANT_INFINITY
  :: atomic { row && claimed -> claimed=false }
#else
  :: false                               /* an earlier wording: claimed until the next start */
#endif
  od }
#ifdef MUTANT_NO_SUSPECTS
#define REAPED !owned
#else
#define REAPED true                      /* REAP: also what is still owned, a suspect */
#endif
proctype Slow() { byte f, l; bool fin;
  do
  :: atomic { !downp && sq>0 && hold -> sq--; l=life;
#ifdef MUTANT_CONFIRM_AT_DELIVERY
       cs=true; if :: hold && cs && cf -> row=false; hold=false; cs=false; cf=false :: else fi
#endif
     }
     atomic {                            /* CLAIM commits, and with it the confirm */
       if
       :: downp || l!=life -> f=0
       :: else ->
          if :: !ex -> ex=true; fence=1; tries=1; owned=true; due=false; f=1
             :: ex && !done && due && !owned -> fence++; tries++; owned=true; due=false; f=fence   /* CLAIM: what was given back */
             :: else -> f=0 fi;
#ifndef MUTANT_CONFIRM_AT_DELIVERY
          cs=true; confirm()
#endif
       fi }
work: if
      :: f==0
      :: atomic { f!=0 ->
           if
           :: downp || l!=life || done || fence!=f -> skip                /* dead process, or fenced */
           :: !downp && l==life && fence==f && !done && tries<=MAX -> done=true; owned=false; eff++; assert(eff+sf<=1)
           :: !downp && l==life && fence==f && !done && tries<MAX && retries>0 -> retries--; owned=false; due=false  /* RETRY */
           :: !downp && l==life && fence==f && !done && tries>MAX -> done=true; owned=false; sf++; assert(eff+sf<=1)
           fi }
      fi; f=0
  :: atomic { !downp && ex && !done && due && REAPED -> fence++; tries++; owned=true; due=false; f=fence; l=life; goto work }
  od }
#ifdef MUTANT_NO_INBOX
#define AGAIN true
#else
#define AGAIN false
#endif
proctype Fast() { byte l;
  do
  :: atomic { !downp && fq>0 && hold -> fq--; l=life }
     atomic { if :: !downp && l==life -> 
                 if :: !fdone || AGAIN -> fdone=true; feff++; assert(feff<=1) :: else fi; cf=true; confirm()  /* "a fast one at its ack" */
              :: else fi }
  od }
proctype Clock() { do :: atomic { !downp && ex && !done && !due && !owned -> due=true } od }   /* a backoff ends */
proctype Kill() {                        /* kill -9, then the start */
  end: do
  :: atomic { kills>0 -> kills--; life++; downp=true; hold=false; cs=false; cf=false; sq=0; fq=0 }
     atomic { downp -> 
       claimed=false;                    /* CLEAR_OUTBOX_CLAIMS */
#ifndef MUTANT_NO_FREE
       if :: ex && !done && owned -> due=true :: else fi;  /* FREE_OWNED: due now, but suspects; backoffs stay */
#endif
       downp=false }
  :: break
  od }
#ifdef LIVE
bool tick;
active proctype Tick() { do :: tick = !tick od }
#endif
init { atomic { run Gateway(); run Relay(); run Expire(); run Slow(); run Slow(); run Fast(); run Clock(); run Kill() } }
/* P3 no accepted job is lost: the effect comes, the projection comes, the outbox row goes */
ltl kept { [] (accepted -> <> (done && fdone && !row)) }

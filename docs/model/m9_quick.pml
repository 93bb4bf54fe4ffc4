/* M9: one quick write of one person under one key: its client, the gateway, two replicas of its owner, erasing.
   Words in quotes are the specification's, section "Quick writes".
   A request is what a client sends, and has an operation id; a try is what the gateway sends of it to an owner, once or
   twice.  With SAME=1 and OTHER=0 it is also the write without a client's key: its key is the operation id.
   Left out: several persons a write is about, the reading of the resource for a replay, a redo after a deadlock (it is a
   try that begins later), the outbox budget, GET, direct streams.
   MUTANT_x breaks it on purpose; READ_x is a sentence of the specification taken literally, as it does not hold. */
#ifndef SAME
#define SAME 2           /* requests with the first content; the second is the client repeating, at any time */
#endif
#ifndef OTHER
#define OTHER 1          /* requests with other content under the same key */
#endif
#ifndef LOSTS
#define LOSTS 1          /* tries whose answer does not come: lost before or after it was read, late, or timed out */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef DRAINS
#define DRAINS 1
#endif
#ifndef UNK
#define UNK 1            /* commits whose outcome the owner does not learn: applied now, later or never */
#endif
#ifndef ROLLS
#define ROLLS 1          /* no connection, deadline passed, deadlock */
#endif
#ifndef ERASES
#define ERASES 0
#endif
#ifndef EXPIRES
#define EXPIRES 0        /* records that expire */
#endif
#ifndef TURNS
#define TURNS 1          /* other writes that change whether the resource's rule allows this one */
#endif
#ifndef SLOTS
#define SLOTS 4          /* tries alive at a time; one more waits at the gateway */
#endif
#ifdef MUTANT_NEW_OPERATION
#define KEYS 2
#define K tk[e]          /* without a client's key the key is the operation id: a resend with another one has another key */
#else
#define KEYS 1
#define K 0
#endif
#define FIRST 1          /* contents, and what a record says: 0 no record */
#define SECOND 2
#define OK 1             /* 2xx */
#define REFUSED 2        /* 4xx by existence, ownership, If-Match or the resource's rule */
#define CONFLICT 3       /* 422: the key was used for other content */
#define GONE 4           /* 401: the person was erased */
#define UNAVAILABLE 5    /* 503: "not written, and never will be" */
#define UNKNOWN 6        /* 504 */
#define CUT 7            /* no answer came */
#define UP 0
#define DRAINING 1       /* "answers what it still reads with 503 before any statement" */
#define CLOSED 2         /* takes no connections any more; what runs ends */
#define DOWN 3
#define SENT 1
#define READ 2
#define SERVER 9
#define STUCK 10

/* the owner's database: the record; who has claimed it in an open transaction, for which request and content.
   SERVER: the transaction is at the server, its client gone; `sent`: its COMMIT too */
byte rec[KEYS], lk[KEYS], lq[KEYS], lc[KEYS]; bool sent;
byte shared; bool excl, erased, ended;           /* the person's lock; `erased_people`; the erasing has committed */
bool allowed = true;                             /* what the resource's rule says now */
byte rows[3]; bool by[3];                        /* commits of rows and facts: by content while the record lives, by request */
bool told[3], refused[3];                        /* the client was told UNAVAILABLE, REFUSED */
byte state[2], alive[2];                         /* the replicas, and their tries */
/* a try: its request, replica, key and answer; sent or read; how many of gateway and owner have to do with it */
byte tq[SLOTS], tr[SLOTS], tk[SLOTS], ans[SLOTS], todo[SLOTS], refs[SLOTS];
byte open, unread, begun;                        /* requests; tries not yet read by their owner, and read */
byte losts=LOSTS, crashes=CRASHES, drains=DRAINS, unknowns=UNK, rolls=ROLLS, expires=EXPIRES, turns=TURNS;
bool answered;                                   /* for Q6 */
#ifdef MUTANT_BY_VERSION
byte version;
#endif

#ifdef READ_PER_KEY
#define TOLD 0           /* "not written, and never will be" taken of the key, not of the request */
#define BY (by[0] || by[1])
#else
#define TOLD q
#define BY by[q]
#endif
inline tell_never()   {
#ifndef LIVE
  assert(!BY);                                   /* Q3 `unavailable` implies never */
  told[TOLD]=true
#else
  skip
#endif
}
inline tell_refused() {
#ifndef LIVE
  assert(!by[q]);                                /* Q7 a refusal implies never */
  refused[q]=true
#else
  skip
#endif
}
inline write(q, c) {                             /* rows, facts and the record are there at once, or not at all */
#ifndef LIVE
  assert(!by[q]);                                /* Q1 one request writes at most once, however long its record lives */
  assert(!told[TOLD]);                           /* Q3 also later */
  assert(!refused[q]);                           /* Q7 also later */
#endif
  assert(!ended);                                /* Q5 no row outlives an erasure that has ended */
  by[q]=true; rows[c]++;
  assert(rows[FIRST]+rows[SECOND]<=1);           /* Q1 at most one commit per key */
  allowed=false                                  /* it uses up what allowed it: the name is taken, the version moved */
#ifdef MUTANT_BY_VERSION
  ; version++
#endif
}
inline apply(k) {                                /* COMMIT of the transaction that holds the claim */
  write(lq[k], lc[k]); rec[k]=lc[k]; free(k)
}
inline free(k) { lk[k]=0; lq[k]=0; lc[k]=0; sent=false; unshare() }
#ifdef MUTANT_NO_PERSON_LOCK
inline share()   { skip }
inline unshare() { skip }
#else
inline share()   { !excl -> shared++ }
inline unshare() { shared-- }
#endif
#define Q tq[e]          /* request and content of a try */
#define C (tq[e]==2 -> SECOND : FIRST)
#ifdef MUTANT_DRAIN_LATE
#define DRAINED false    /* drained after reading */
#else
#define DRAINED (state[tr[e]]!=UP)
#endif
inline say(x) { ans[e]=x }
inline leave(s) { refs[s]--; if :: refs[s]==0 -> ans[s]=0; tq[s]=0; tr[s]=0; tk[s]=0 :: else fi }
inline say_done() {
  assert(rows[3-C]==0);                          /* Q4 other content never gets the first's answer */
  assert(rows[C]==1);                            /* Q2 a 2xx implies it */
  say(OK)
}
#ifdef READ_REDO_ROLLED_BACK
inline give_up() { say(UNAVAILABLE) }            /* "the owner itself said so (draining, refused, rolled back)" */
#else
/* in doubt: a COMMIT without an answer, and no claim of the same key answered since */
inline give_up() { if :: doubt -> say(UNKNOWN) :: else -> say(UNAVAILABLE) fi }
#endif
#if defined(MUTANT_NO_PERSON_LOCK) || defined(READ_ONE_STATEMENT)
#define SNAPSHOT
#define ERASED seen      /* of the statement's snapshot, which is older than the wait for the lock */
#else
#define ERASED erased
#endif

proctype Owner(byte e) { bool doubt;
#ifdef SNAPSHOT
  bool seen;
#endif
#ifdef MUTANT_BY_VERSION
  byte base;
#endif
start:
 { atomic { todo[e]==SENT -> todo[e]=READ;      /* the head arrives, perhaps long after anybody waits for it */
     unread--; begun++;
     if :: DRAINED -> say(UNAVAILABLE); goto out :: else fi;
#if EXPIRES>0
     skip }
   atomic {
     skip;
#endif
begin:
#ifdef MUTANT_RULE_FIRST
     if :: !allowed -> say(REFUSED); goto out :: else fi;
#endif
#ifdef SNAPSHOT
     seen=erased;
#endif
     if
     :: rolls>0 -> rolls--; give_up(); goto out
     :: share()                                  /* the person's shared lock, a statement of its own: it may wait here */
     fi;
     if                                          /* the next: look in `erased_people`, claim; no row -> read the record */
     :: ERASED -> unshare(); say(GONE)
     :: !ERASED && lk[K]!=0 -> unshare(); give_up()         /* "waits there at most 2 s, then 503" */
#ifdef MUTANT_RECORD_LAST
     :: !ERASED && rec[K]==0 -> goto work
#endif
     :: !ERASED && lk[K]==0 && rec[K]==0 ->
        doubt=false;                             /* the claim is mine: a lost transaction was rolled back */
        if
        :: allowed -> lk[K]=e+1; lq[K]=Q; lc[K]=C;
#ifdef MUTANT_BY_VERSION
           base=version;
#endif
           goto work
        :: !allowed ->
#ifdef MUTANT_REFUSAL_KEPT
           rec[K]=C;
#endif
           unshare(); say(REFUSED)               /* "A refusal rolls the claim back" */
        fi
#ifdef MUTANT_NO_FINGERPRINT
     :: !ERASED && lk[K]==0 && rec[K]!=0 -> unshare(); say_done()
#else
     :: !ERASED && lk[K]==0 && rec[K]==C -> unshare(); say_done()
     :: !ERASED && lk[K]==0 && rec[K]==3-C -> unshare(); say(CONFLICT)
#endif
     fi; goto out }
work: do                                         /* rows, facts, COMMIT */
#ifdef MUTANT_RECORD_LAST
   :: atomic { lk[K]!=e+1 -> write(Q, C); rec[K]=C; unshare(); say_done(); goto out }
#endif
   :: atomic { lk[K]==e+1 -> apply(K); say_done(); goto out }
   :: atomic { lk[K]==e+1 && rolls>0 -> rolls--; free(K); say(UNAVAILABLE); goto out }
   :: atomic { lk[K]==e+1 && unknowns>0 -> unknowns--; lk[K]=SERVER; sent=true; doubt=true }
#ifndef MUTANT_BY_VERSION
      atomic { goto begin }                      /* "the route runs again under the same key" */
#else
      atomic { if :: version==base+1 -> say_done() :: else -> say(UNAVAILABLE) fi; goto out }
#endif
#ifdef MUTANT_DRAIN_LATE
   :: atomic { state[tr[e]]!=UP && ans[e]==0 -> say(UNAVAILABLE) }        /* and the shielded unit goes on */
#endif
   od
 } unless { atomic { todo[e]!=0 && state[tr[e]]==DOWN ->
      if
#ifdef MUTANT_CLAIM_COMMITTED
      :: lk[K]==e+1 -> lk[K]=STUCK; unshare()    /* "in progress", in a transaction of its own: it stays */
#endif
      :: lk[K]==e+1 -> lk[K]=SERVER; if :: sent=true :: sent=false fi
      :: else
      fi; if :: ans[e]==0 -> say(CUT) :: else fi } }
out: atomic { if :: todo[e]==READ -> begun-- :: else -> unread-- fi;
     alive[tr[e]]--; todo[e]=0; leave(e); doubt=false;
#ifdef SNAPSHOT
     seen=false;
#endif
#ifdef MUTANT_BY_VERSION
     base=0;
#endif
     goto start }
}
#ifdef READ_RESEND_ALONE
#define FIRST_TRY true   /* "only if no byte of the request was sent, or the owner itself said so": of the resend */
#else
#define FIRST_TRY (t==0)
#endif
#ifdef READ_RESEND_REFUSED
#define SURELY true      /* a resend's refusal is passed on */
#else
#define SURELY (t==0)
#endif
proctype Gateway(byte q) { byte e, r, t, x;
try: atomic {
     if :: t==0 -> open++ :: else fi;
     if :: r=0 :: q>0 || t>0 -> r=1 fi;          /* the replicas are alike */
     if
     :: state[r]>=CLOSED -> x=UNAVAILABLE; goto decide       /* no byte was sent */
     :: state[r]<CLOSED ->
        if
        :: refs[0]==0 -> e=0
        :: refs[0]!=0 && refs[1]==0 -> e=1
#if SLOTS>2
        :: refs[0]!=0 && refs[1]!=0 && refs[2]==0 -> e=2
#endif
#if SLOTS>3
        :: refs[0]!=0 && refs[1]!=0 && refs[2]!=0 && refs[3]==0 -> e=3
#endif
        fi;
        refs[e]=2; todo[e]=SENT; alive[r]++; unread++; tq[e]=q; tr[e]=r; tk[e]=(KEYS>1 -> t : 0); r=0
     fi }
     atomic {
     if
     :: ans[e]!=0 -> x=ans[e]
     :: losts>0 -> losts--; x=CUT
     fi; leave(e);
decide: e=0; r=0;
     if
     :: x==OK || x==GONE -> goto final
     :: x==CONFLICT -> tell_refused(); goto final
     :: x==REFUSED && SURELY -> tell_refused(); goto final
     :: x==UNAVAILABLE && FIRST_TRY -> tell_never()
#ifdef MUTANT_NO_ANSWER_503
     :: x>=UNKNOWN -> tell_never()
#else
     :: x>=UNKNOWN && t==0 -> t=1; x=0; goto try /* "sends it once more with the same operation id" */
     :: x>=UNKNOWN && t==1                       /* 504 */
#endif
     :: x==UNAVAILABLE && !FIRST_TRY             /* 504: the first try may have been written, or may be yet */
     :: x==REFUSED && !SURELY                    /* 504: the first try may come late, when the rule allows it */
     fi; x=0; t=0; open--;
#ifdef LIVE
     if :: q==0 -> goto try :: else -> goto off fi           /* the client repeats with its key */
#else
     goto off
#endif
     }
final: atomic { x=0; t=0; open--;
#ifdef LIVE
     if :: q==0 -> answered=true :: else fi
#endif
     }
off: skip }

proctype Server() { do
  :: atomic { lk[0]==SERVER -> if :: sent -> apply(0) :: free(0) fi }
#if KEYS>1
  :: atomic { lk[1]==SERVER -> if :: sent -> apply(1) :: free(1) fi }
#endif
  od }
proctype Replica(byte r) { do
  :: atomic { state[r]==UP && drains>0 -> drains--; state[r]=DRAINING }
  :: atomic { state[r]==UP && crashes>0 -> crashes--; state[r]=DOWN }
  :: atomic { state[r]==DRAINING -> state[r]=CLOSED }
  :: atomic { state[r]>=CLOSED && alive[r]==0 -> state[r]=UP }
  od }
/* a record expires when nothing of its time is under way: a try that was not read in time is refused with its principal,
   one that was read is rolled back at its deadline */
#ifdef MUTANT_PRINCIPAL_FOR_EVER
#define LATE 0
#else
#define LATE unread
#endif
#ifdef MUTANT_NO_DEADLINE
#define SLOW 0
#else
#define SLOW begun
#endif
proctype World() { do
  :: atomic { turns>0 -> turns--; allowed=!allowed
#ifdef MUTANT_BY_VERSION
       ; version++
#endif
     }
  :: atomic { expires>0 && rec[0]!=0 && lk[0]==0 && open==0 && LATE+SLOW==0 ->
       expires--; rec[0]=0; rows[FIRST]=0; rows[SECOND]=0 }
  od }
/* "erasing takes that lock exclusively, remembers, then deletes" */
proctype Eraser() {
#ifdef MUTANT_NO_PERSON_LOCK
  skip;
#else
  atomic { shared==0 -> excl=true }
#endif
  atomic { erased=true; rec[0]=0; rows[FIRST]=0; rows[SECOND]=0; ended=true; excl=false }
}
#ifdef LIVE
bool tick;
active proctype Tick() { do :: tick = !tick od }
#endif
init { atomic {
  run Owner(0); run Owner(1);
#if SLOTS>2
  run Owner(2);
#endif
#if SLOTS>3
  run Owner(3);
#endif
  run Gateway(0);
#if SAME>1
  run Gateway(1);
#endif
#if OTHER>0
  run Gateway(2);
#endif
  run Server(); run Replica(0); run Replica(1); run World();
#if ERASES>0
  run Eraser()
#endif
} }
/* Q6 a client that repeats gets an answer: 2xx, a refusal, 422 or 401 */
ltl ends { <> answered }

/* M6: fair turns of one kind (turns.py of the gateway; ACCEPT, LOCK_KIND, RELEASE, MARK_READY, MOVE_KIND in its
   statements.py).  Person A sends commands 0..N-2, person B command N-1; two gateways accept and dispatch, one sweeper.
   Ids are the commands' numbers.  A transaction's reads (its snapshot) and its commit are two steps.
   Left out: other outcomes of a publish (m2), jobs that end while held, FORGET_TURNS. */
#define N 6              /* macros below count them out */
#ifndef SENT
#define SENT (N-1)       /* how many A sends */
#endif
#ifndef WINDOW
#define WINDOW 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 0         /* confirmed messages that the broker loses; READY_MIN is for these */
#endif
#define B (N-1)
bool acc[N];             /* accepted: committed */
byte nexta; bool nextb;  /* commands on their way in */
bool row[N], held[N];    /* outbox row; claimed_until = 'infinity' */
bool live[N];            /* the process that committed it, or has swept it, is alive and publishes it */
byte turn[N];            /* outbox.turn of a held row */
bool rdy[N];             /* jobs.ready_at is set, and not older than READY_MIN */
bool out[N];             /* may be published: by the fast path, or because it was released */
byte q[N]; bool begun[N], lost[N];           /* copies in the queue; its StepStarted is recorded */
byte kturn, pturn[2]; bool pt[2];            /* kind_turns, person_turns */
bool lock;               /* LOCK_KIND */
byte passed, crashes = CRASHES, losses = LOSSES;
#define PERSON(i) (i==B)
#define HELD(i) (row[i] && held[i])
#define ANYHELD (HELD(0) || HELD(1) || HELD(2) || HELD(3) || HELD(4) || HELD(B))
#define READY (rdy[0]+rdy[1]+rdy[2]+rdy[3]+rdy[4]+rdy[B])
#define INHAND(i) (out[i] && !begun[i] && !lost[i])
#define ALLINHAND (INHAND(0)+INHAND(1)+INHAND(2)+INHAND(3)+INHAND(4)+INHAND(B))

proctype Gateway() { byte i, k; bool h;              /* ACCEPT is one statement */
  do
  :: atomic {
       if :: nexta<SENT -> i=nexta; nexta++ :: !nextb -> i=B; nextb=true fi;
       h=(ANYHELD || READY>=WINDOW); k=kturn }       /* "gate": its snapshot */
     atomic {
       acc[i]=true; row[i]=true;
       if
       :: h ->
#ifdef MUTANT_BORN_CLAIMED
          live[i]=true;                              /* held for ten seconds, not for ever */
#else
          held[i]=true;
#endif
#ifndef MUTANT_NO_TURN
          if :: pt[PERSON(i)] && pturn[PERSON(i)]+1>k -> turn[i]=pturn[PERSON(i)]+1 :: else -> turn[i]=k fi;
#endif
          pt[PERSON(i)]=true; pturn[PERSON(i)]=turn[i]
       :: else -> live[i]=true; rdy[i]=true; out[i]=true
       fi; i=0; k=0; h=false }
  od }
inline best(x) {         /* order by turn, id */
  x=N;
  if :: HELD(0) -> x=0 :: else fi;
  if :: HELD(1) && (x==N || turn[1]<turn[x]) -> x=1 :: else fi;
  if :: HELD(2) && (x==N || turn[2]<turn[x]) -> x=2 :: else fi;
  if :: HELD(3) && (x==N || turn[3]<turn[x]) -> x=3 :: else fi;
  if :: HELD(4) && (x==N || turn[4]<turn[x]) -> x=4 :: else fi;
  if :: HELD(B) && (x==N || turn[B]<turn[x]) -> x=B :: else fi }
#ifdef MUTANT_NO_LOCK
#define FREE true
#else
#define FREE !lock
#endif
/* a round takes one place here; the loop of Dispatcher.release takes the next */
proctype Dispatcher() { byte x;
  do
  :: atomic { ANYHELD && READY<WINDOW && FREE -> lock=true; best(x) }   /* LOCK_KIND, then RELEASE's snapshot */
     if
     :: atomic { 
          assert(!out[x]);                           /* P1 nothing is released twice */
          held[x]=false; live[x]=true; out[x]=true;
          if :: HELD(B) -> passed++ :: else fi;
          assert(passed<=1+WINDOW);                  /* P4 whoever waits is passed by one round of the others, not by their queue */
#ifndef MUTANT_NO_MARK
          rdy[x]=true;                               /* MARK_READY */
#endif
          if :: turn[x]>kturn -> kturn=turn[x] :: else fi;   /* MOVE_KIND */
          assert(ALLINHAND<=WINDOW+2);               /* P2 the window, exceeded by what is accepted in the same instant */
          lock=false; x=0 }
     :: atomic { crashes>0 -> crashes--; lock=false; x=0 }   /* rolled back */
     fi
  od }
/* published; then deleted, or the process dies between the two */
#define PUBLISH(i) atomic { row[i] && !held[i] && live[i] && q[i]<2 -> \
  assert(out[i]); /* P3 what is held is in no queue */ \
  q[i]++; if :: row[i]=false; live[i]=false :: crashes>0 -> crashes--; live[i]=false fi }
#define DIE(i) atomic { crashes>0 && live[i] -> crashes--; live[i]=false }      /* after the commit, before the publish */
#define SWEEP(i) atomic { row[i] && !held[i] && !live[i] -> live[i]=true }      /* 'infinity' is never due */
proctype Relay() { do :: PUBLISH(0) :: PUBLISH(1) :: PUBLISH(2) :: PUBLISH(3) :: PUBLISH(4) :: PUBLISH(B) od }
proctype Die() { end: do :: DIE(0) :: DIE(1) :: DIE(2) :: DIE(3) :: DIE(4) :: DIE(B) :: break od }
proctype Sweeper() {
#ifndef MUTANT_NO_SWEEPER
  do :: SWEEP(0) :: SWEEP(1) :: SWEEP(2) :: SWEEP(3) :: SWEEP(4) :: SWEEP(B) od
#else
  skip
#endif
}
/* the consumer's StepStarted is recorded: UPDATE_JOBS, ready_at = NULL */
#define TAKE(i) atomic { q[i]>0 -> q[i]--; \
  if :: begun[i]=true; rdy[i]=false :: !begun[i] && losses>0 -> losses--; lost[i]=true fi }
proctype Consumer() { do :: TAKE(0) :: TAKE(1) :: TAKE(2) :: TAKE(3) :: TAKE(4) :: TAKE(B) od }
#define STALE(i) atomic { lost[i] && rdy[i] -> rdy[i]=false }                   /* READY_MIN */
proctype Stale() {
#ifndef MUTANT_NO_STALE
  do :: STALE(0) :: STALE(1) :: STALE(2) :: STALE(3) :: STALE(4) :: STALE(B) od
#else
  skip
#endif
}
#ifdef LIVE
bool tick;
active proctype Tick() { do :: tick = !tick od }
#endif
init { atomic { run Gateway(); run Gateway(); run Dispatcher(); run Dispatcher(); run Relay(); run Die(); run Sweeper();
  run Consumer();
#if LOSSES>0
  run Stale();
#endif
} }
/* P5 every accepted command arrives, and its outbox row goes */
#define ARRIVED(i) (!acc[i] || ((begun[i] || lost[i]) && !row[i]))
ltl arrives { <>[] (ARRIVED(0) && ARRIVED(1) && ARRIVED(2) && ARRIVED(3) && ARRIVED(4) && ARRIVED(B)) }

/* M1: one message of a slow handler, two replicas, one inbox row.
   Statements by their names in libs/chassis/src/chassis/delivery/statements.py; what runs them: claimed.py, slow.py,
   consumer.py, cancel.py there.  Words in quotes are theirs or the specification's.
   MUTANT_x breaks it on purpose; NO_x leaves something out. */
#ifndef MAX
#define MAX 2            /* "tries >= max" */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef FREEZES
#define FREEZES 1        /* a live run's lease may expire this often */
#endif
#ifndef UNK
#define UNK 1            /* commits whose outcome the client does not learn */
#endif
#ifndef DUPS
#define DUPS 1
#endif
#ifndef RELS
#define RELS 1
#endif
#ifndef BEATS
#define BEATS 1
#endif
#ifndef LOSTACKS
#define LOSTACKS 0
#endif
#ifndef ZOMB
#define ZOMB 0
#endif
#define OK 1
#define DEADOUT 2
#define CANC 3
mtype = { NONE, CLAIM, FINISH, RETRY, DEAD, RELEASE, CANCELROW };

/* the row: "inbox(consumer, id): ... fence, tries, due_at, owner, done_at, outcome" */
bool ex, done, due;      /* row exists; done_at set; due_at <= now() */
short tries; byte fence, outcome, owner;
/* the row lock and the transaction that holds it */
byte lk;                 /* 0 free, 1..2 a replica, 3 canceller, 4 at the server, its client gone */
mtype pt = NONE; byte pf, pu; bool sent;
byte uid;                /* "owner is a fresh uuid per claim attempt" */
/* cancel */
bool cj, canc;           /* cancelled_jobs row visible; CANCEL committed */
/* guarded effects */
byte eff, sf;            /* commits of FINISH's rows + event; of StepFailed */
short starts, given;     /* runs started; runs given back by RELEASE */
/* broker */
byte ready = 1; bool have[2]; byte dups = DUPS, lostacks = LOSTACKS;
/* environment */
byte crashes = CRASHES, freezes = FREEZES, unknowns = UNK, releases = RELS, zombies = ZOMB, beats = BEATS;
bool kill[2], beating[2]; byte runf[2], runu[2];

#define LIVERUN ((beating[0] && runf[0]==fence) || (beating[1] && runf[1]==fence))

/* _MINE: fence = f and owner = u and done_at is null */
#ifdef MUTANT_FENCE_ONLY
#define MINE(f,u) (ex && fence==f && !done)
#else
#define MINE(f,u) (ex && fence==f && owner==u && !done)
#endif
inline whereok(w, f, u, b) {
  b = MINE(f,u);
#ifdef MUTANT_FINISH_NO_FENCE
  if :: w==FINISH -> b = (ex && !done) :: else fi;
#endif
#ifdef MUTANT_FINISH_NO_GUARD
  if :: w==FINISH -> b = ex :: else fi;
#endif
#ifdef MUTANT_RETRY_NO_DONE
  if :: w==RETRY -> b = (ex && fence==f) :: else fi;
#endif
#ifdef MUTANT_DEAD_NO_GUARD
  if :: w==DEAD -> b = ex :: else fi;
#endif
}
/* COMMIT of the transaction that holds the lock */
inline apply() {
  if
  :: pt==CLAIM -> if :: !ex -> ex=true; fence=1; tries=1 :: else -> fence++; tries++ fi;
                  due=false; owner=pu; assert(!done)
  :: pt==FINISH -> assert(!canc);                /* P3 after CANCEL committed no FINISH */
                   #ifndef NO_P5
                   assert(pf==fence);            /* P5 only the current fence finishes */
#endif
                   done=true; outcome=OK; eff++
  :: pt==RETRY -> assert(!done);                 /* P4 a settled row never changes */
                  due=false; owner=0
  :: pt==DEAD -> done=true; outcome=DEADOUT; owner=0;
#ifndef MUTANT_NO_EVENT
                 sf++
#endif
                 /* "and StepFailed in the outbox" */
  :: pt==RELEASE -> assert(!done); tries--; due=true; owner=0
  :: pt==CANCELROW -> assert(!done); done=true; outcome=CANC; fence++; owner=0
  :: else
  fi;
  assert(eff<=1);                                /* P1 effect at most once */
  assert(eff+sf<=1);                             /* P2 never FINISH and DEAD */
  assert(!done || ((eff==1)==(outcome==OK) && (sf==1)==(outcome==DEADOUT))); /* P6 event iff finished or dead */
  lk=0; pt=NONE; pf=0; pu=0; sent=false
}
inline tries_kept() {                            /* P7 a message never runs oftener than max, RELEASEs not counted */
  starts++; assert(starts-given <= MAX)
}

#ifdef MUTANT_NO_SUSPECTS
#define REAPED (owner==0)
#else
#define REAPED true                              /* REAP, skip locked; one whose lease has run out is a suspect (m8) */
#endif
proctype Replica(byte r) {
  byte f, u; short t; mtype want = NONE; bool reap, b, seen;
start:
 { do
   :: atomic {                                   /* a free slot */
        f=0; u=0; t=0; want=NONE; seen=false; b=false; beating[r]=false; runf[r]=0; runu[r]=0;
        if
        :: ready>0 && !have[r] -> ready--; have[r]=true; reap=false
        :: ex && !done && due && lk==0 && REAPED -> reap=true; uid++; u=uid; pt=CLAIM; pu=u; lk=r+1; sent=true; goto commit
        fi }
claim: atomic { seen=cj }                        /* the snapshot of CLAIM's statement, before it waits for the row lock */
      atomic {
        lk==0 ->
        if
        :: !seen && (!ex || (!done && due && owner==0)) -> uid++; u=uid; pt=CLAIM; pu=u; lk=r+1; sent=true
        :: else -> goto unclaimed
        fi }
commit: if
      :: atomic { apply(); f=fence; t=tries; runf[r]=f; runu[r]=u; beating[r]=true }
      :: atomic { unknowns>0 -> unknowns--; lk=4 }
         atomic {
           if
           :: reap -> goto ack                   /* Consumer.reap returns nothing: the row is a suspect again when its lease ends */
           :: !reap && ex && owner==u && !done -> f=fence; t=tries; runf[r]=f; runu[r]=u; beating[r]=true
           :: !reap && ex && (owner!=u || done) -> goto ack
           :: !reap && !ex ->
#ifdef MUTANT_ACK_NO_ROW
              goto ack
#else
              goto claim
#endif
           fi }
      fi;
      if
      :: atomic { reap && lk==0 ->               /* ClaimedRuns._begin_reaped: CANCEL_MINE */
           if
#ifndef MUTANT_NO_SETTLE
           :: cj && MINE(f,u) -> lk=r+1; pt=CANCELROW; apply(); goto ack
#endif
           :: else
           fi }
      :: !reap
      fi;
      atomic {                                   /* the run and its result */
        if
        :: t>MAX -> want=DEAD;                   /* "tries > max -> DEAD('crashed')" */
           assert(CRASHES+FREEZES+UNK>0)         /* P10 nothing is dead as crashed where nothing crashed */
        :: t<=MAX -> tries_kept();
           if
           :: want=FINISH
           :: want=(t<MAX -> RETRY : DEAD)       /* Retryable | unknown error | timeout */
           :: want=DEAD                          /* Permanent */
           :: releases>0 -> releases--; given++; want=RELEASE   /* drain | DependencyDown | parked: an unknown major version */
           fi
        fi }
settle: if
      :: atomic { want==FINISH -> seen=cj }      /* the statement's snapshot, before it waits for the lock */
      :: atomic { want!=FINISH -> seen=false }
      fi;
      atomic {
        lk==0 -> whereok(want,f,u,b);
        if
        :: b && seen -> goto fenced              /* FINISH found nothing: Fenced, rolled back */
        :: b && !seen -> pt=want; pf=f; lk=r+1; sent=false
        :: !b -> goto ack                        /* "0 rows -> someone settled it: write nothing, emit nothing" */
        fi }
      if
      :: atomic { apply();
           if :: want==RETRY && zombies>0 -> zombies--; want=FINISH; goto settle  /* timed-out work that did not die */
              :: goto ack
           fi }
      :: atomic { want==FINISH -> lk=0; pt=NONE; pf=0; want=(t<MAX -> RETRY : DEAD); goto settle } /* unit() raised */
      :: atomic { unknowns>0 -> unknowns--; lk=4; sent=true }
         atomic {                                /* "re-read the row by fence before anything else" (plain select) */
           if
           :: MINE(f,u) -> if :: want==FINISH -> want=(t<MAX -> RETRY : DEAD) :: else fi; goto settle
           :: else -> goto ack
           fi }
      fi;
fenced: atomic { lk==0 ->                        /* settle.write: CANCEL_MINE, a transaction of its own */
        if
#ifndef MUTANT_NO_SETTLE
        :: cj && MINE(f,u) -> lk=r+1; pt=CANCELROW; apply()
#endif
        :: else
        fi; goto ack }
unclaimed: atomic { lk==0 ->                     /* CLAIM_CANCELLED */
        if
#ifndef MUTANT_NO_SETTLE
        :: cj && (!ex || !done) -> if :: !ex -> ex=true :: else fi; lk=r+1; pt=CANCELROW; apply()
#endif
        :: else
        fi }
ack:  atomic { beating[r]=false;                 /* "acked when its run ends"; "an ack that fails is ignored" */
        if
        :: !have[r]
        :: have[r] -> have[r]=false
        :: have[r] && lostacks>0 -> lostacks--; have[r]=false; ready++
        fi }
   od
 } unless { atomic { kill[r] -> kill[r]=false; beating[r]=false;
      if :: have[r] -> have[r]=false; ready++ :: else fi;
      if :: lk==r+1 -> lk=4; if :: sent=true :: skip fi :: else fi } }
  goto start
}
/* "BEAT every 10 s on its own connection, for all slots, for update skip locked" */
proctype Beat(byte r) { byte bf, bu;
  do
  :: atomic { beats>0 && beating[r] -> beats--; bf=runf[r]; bu=runu[r] }
     atomic {
       if
       :: lk==0 && MINE(bf,bu) -> assert(owner!=0);  /* P8 BEAT never overwrites a backoff or a release */
          due=false
       :: else
       fi; bf=0; bu=0 }
  od
}
proctype Server() { do :: atomic { lk==4 -> if :: sent -> apply() :: lk=0; pt=NONE; pf=0; pu=0; sent=false fi } od }
proctype Clock()  { do :: atomic { ex && !done && !due && (!LIVERUN || freezes>0) ->
                      if :: LIVERUN -> freezes-- :: else fi; due=true } od }
proctype Faults() { end: do
  :: atomic { crashes>0 -> crashes--; kill[0]=true }
  :: atomic { crashes>0 -> crashes--; kill[1]=true }
  :: atomic { dups>0 -> dups--; ready++ }        /* a duplicate publish of the relay */
  :: break
  od }
proctype Canceller() { bool saw;                 /* CancelRunner._end: cancelled_jobs, then CANCEL_JOBS */
  if :: goto out :: skip fi;
#ifndef MUTANT_ONE_TX
  cj=true;                                       /* RECORD_CANCELLED: a transaction of its own, committed first */
#endif
  atomic { if :: (!ex || done) -> saw=false      /* READ COMMITTED does not see an uncommitted insert */
              :: ex && !done && lk==0 -> lk=3; saw=true fi }
  atomic { cj=true; if :: saw -> pt=CANCELROW; apply() :: else fi; canc=true }
out: skip }
/* an eternal idler: turns a stuck run into an infinite one, so that liveness sees it */
#ifdef LIVE
bool tick;
active proctype Tick() { do :: tick = !tick od }
#endif
init { atomic { run Replica(0); run Replica(1);
#if BEATS>0
  run Beat(0); run Beat(1);
#endif
  run Server(); run Clock(); run Faults();
#ifndef NO_CANCEL
  run Canceller();
#endif
} }
/* P9 the message ends in done_at set */
ltl live { <>[] done }

/* M7: one outside effect of one message (RunEffects in effects.py; HOLD_MINE, INSERT_EFFECT, LOCK_EFFECT, SETTLE_EFFECT,
   WITHDRAW_EFFECT).  Two processes try; either may die, lose its lease, or get no answer to a call.  RULE: 1 resend,
   2 look_up, 3 give_up.  A transaction is one step: under HOLD_MINE nobody takes the message over, and `transact` redoes
   it until it is known to be committed.
   Left out: several effects of a message, a call repeated within one try, cancelling (HOLD_MINE reads it as FINISH does, m1). */
#ifndef RULE
#define RULE 1
#endif
#ifndef TRIES
#define TRIES 4
#endif
#ifndef FAULTS
#define FAULTS 3         /* deaths and errors */
#endif
#ifndef LOST
#define LOST 1           /* leases lost by a live run */
#endif
#ifndef LATES
#define LATES 1          /* calls that arrive after whoever made them has stopped waiting */
#endif
#define NONE 0
#define INTENDED 1
#define DONE 2
#define UNKNOWN 3
byte state, by;          /* the effect's row: its state, and whose intent it is (a fence) */
byte fence, tries; bool taken, settled, ok;      /* the message's row */
byte done, again;        /* done by the far side, keys not looked at; of these by a try whose look-up was overtaken */
byte keys;               /* done, with equal keys done once */
byte arriving;           /* late calls */
bool calling[2];         /* between the intent and the end of the call */
byte faults = FAULTS, losts = LOST, lates = LATES;

inline far_does(overtaken) {
  done++;
#ifdef MUTANT_KEY_PER_TRY
  keys++;
#else
  keys=1;
#endif
  if :: overtaken -> again++ :: else fi;
#if RULE==1
  assert(keys<=1)        /* P2 resend: one key, however often it is called */
#elif RULE==2
  assert(done<=1+again)  /* P3 look_up: once, but for a call that overtakes the look-up of the next */
#else
  assert(done<=1)        /* P4 give_up: at most once */
#endif
}
#ifdef MUTANT_NO_TAKEOVER
#define TAKEOVER (fence==0)
#else
#define TAKEOVER true
#endif
#define MINE (fence==f && !settled)

#ifdef MUTANT_WITHDRAW_ALL
#define WITHDRAWS (state==INTENDED && by==f)
#else
#define WITHDRAWS (state==INTENDED && by==f && fresh)     /* only what this try began: an older intent is unknown still */
#endif
proctype Try(byte r) { byte f; bool fresh, overtaken, sure;
  do
  :: atomic { !taken && !settled && TAKEOVER -> fence++; tries++; f=fence; taken=true;
       if :: tries>TRIES -> settled=true; goto off        /* dead: crashed, or gave up */
          :: else fi }
     atomic {                                    /* RunEffects._begin */
       if
       :: !MINE -> goto off                      /* Fenced */
       :: MINE && state==NONE ->
#ifndef MUTANT_NO_INTENT
          state=INTENDED; by=f;
#endif
#ifdef MUTANT_RESULT_FIRST
          state=DONE;
#endif
          fresh=true
       :: MINE && state==DONE -> assert(done>0); settled=true; ok=true; goto off    /* P1 what counts as done was done */
       :: MINE && state==UNKNOWN -> settled=true; goto off
       :: MINE && state==INTENDED ->
#if RULE==3 && !defined(MUTANT_NO_RULE)
          state=UNKNOWN; by=f; settled=true; goto off     /* Permanent: a dead letter */
#else
          by=f; fresh=false
#endif
       fi; calling[r]=true }
#if RULE==2 && !defined(MUTANT_NO_RULE)
     if
     :: atomic { !fresh ->                       /* LookUp.ask */
          if :: done>0 -> goto record :: else -> overtaken=(arriving>0 || calling[1-r]) fi }
     :: fresh
     fi;
#endif
     atomic {                                    /* the call */
       if
       :: far_does(overtaken); goto record
       :: faults>0 -> faults--; sure=true        /* Permanent, Retryable, DependencyDown: surely not done */
       :: faults>0 -> faults--; far_does(overtaken)       /* done, and no answer; or the process dies before it is written down */
       :: faults>0 -> faults--                   /* not done, and no answer; or the process dies before the call */
       :: faults>0 && lates>0 -> faults--; lates--; arriving++; if :: overtaken -> again++ :: else fi
       fi }
     if
     :: atomic { sure ->                         /* WITHDRAW_EFFECT */
          if
          :: WITHDRAWS -> state=NONE; by=0
          :: else
          fi }
     :: !sure
     fi; goto off
record:
     atomic { assert(state!=NONE);               /* P5 there is a row to write the result to */
       if :: state=DONE :: faults>0 -> faults-- fi;       /* SETTLE_EFFECT; or the process dies before it */
       calling[r]=false }
     atomic { if :: MINE && state==DONE -> settled=true; ok=true :: else fi }
off: atomic { if :: fence==f -> taken=false :: else fi;   /* given back, or its lease runs out */
       calling[r]=false; f=0; fresh=false; overtaken=false; sure=false }
  od }
proctype Far()   { do :: atomic { arriving>0 -> arriving--; far_does(false) } od }
proctype Lease() { end: do :: atomic { losts>0 && taken && !settled -> losts--; taken=false } :: break od }
#ifdef LIVE
bool tick;
active proctype Tick() { do :: tick = !tick od }
#endif
init { atomic { run Try(0); run Try(1); run Far(); run Lease() } }
/* P6 the message is settled, with a result or by its rule; and while faults end before its tries do, resend and look_up are done */
#if RULE==3
ltl ends { <>[] (settled && (ok || state!=DONE || losts<LOST || faults<FAULTS)) }
#else
ltl ends { <>[] (settled && (ok || tries>TRIES)) }
#endif

/* M10: one slow verb of one person: its owner proposes a job, the gateway accepts it; with a client's key, or without one.
   Words in quotes are the specification's, section "Proposals".  ACCEPT is `statements.ACCEPT` of the gateway.
   Left out: uploads, limits and the outbox budget (they refuse before the owner is asked), `Prefer: wait`, erasing, the hop
   (a proposing route writes nothing, so it may be asked again), what the recorder does with the end of a job (m3).
   MUTANT_x breaks it on purpose; READ_x is a sentence of the specification taken literally, as it does not hold. */
#ifndef SAME
#define SAME 2           /* requests with the first content; the second is the client repeating, at any time */
#endif
#ifndef OTHER
#define OTHER 1          /* requests with other content under the same key */
#endif
#ifndef KEYED
#define KEYED 1          /* 0: the client sends no key; then SAME=1 and OTHER=0 */
#endif
#ifndef CRASHES
#define CRASHES 1        /* of the gateway, amid a request */
#endif
#ifndef AWAYS
#define AWAYS 1          /* how often the owner goes away */
#endif
#ifndef UNK
#define UNK 1            /* commits of ACCEPT whose outcome the gateway does not learn: applied now, later or never */
#endif
#ifndef ROLLS
#define ROLLS 1          /* ACCEPTs that fail for certain */
#endif
#ifndef EDITS
#define EDITS 1          /* changes of the row that the verb is about; one more deletes it */
#endif
#ifndef RELEASES
#define RELEASES 1       /* releases of the owner that propose a kind before the gateway knows it */
#endif
#ifndef EXPIRES
#define EXPIRES 1        /* records that expire */
#endif
#define FIRST 1
#define SECOND 2
#define C (q==2 -> SECOND : FIRST)
#define SERVER 9         /* who holds the claim: the transaction is at the server, its client gone; `sent`: its COMMIT too */
#define ACCEPTED 1       /* a job */
#define SUCCEEDED 2
#define FAILED 3

/* the gateway's database: the record with its content, job and the version in its command; the open claim; jobs by request */
byte rc, rj, rv; bool expired;
byte lk, lq, lv; bool sent;
byte job[3], made_from[3], jobs;                 /* jobs: accepted under the key while its record lives */
bool told[3];                                    /* the client was told 503 */
/* the owner's: the row; what a proposing route has reserved */
bool up = true, newer, knows, exists = true; byte version, reserved;
byte open, over;                                 /* requests */
byte crashes=CRASHES, aways=AWAYS, unknowns=UNK, rolls=ROLLS, edits=EDITS, releases=RELEASES, expires=EXPIRES; bool kill[3];

inline accept_(q, v) {                           /* job, log seq 1, outbox and record are there at once, or not at all */
  assert(job[q]==0);                             /* P1 at most one job a request */
  assert(!told[q]);                              /* P6 503 implies no job, also later */
  job[q]=ACCEPTED; made_from[q]=v;
  if :: expired -> jobs=0; expired=false :: else fi; jobs++;
  assert(!KEYED || jobs<=1);                     /* P1 at most one job a key */
  if :: KEYED -> rc=C; rj=q; rv=v :: else fi
}
inline free() { lk=0; lq=0; lv=0; sent=false }
inline unavailable() { assert(job[q]==0); told[q]=true }    /* P6 503 implies no job */
#ifdef MUTANT_FINGERPRINT_OF_COMMAND
#define SAME_AS (rv==v)
#else
#define SAME_AS (rc==C)
#endif
inline found() {                                 /* same fingerprint: 202 with its job; else 422 */
  if
  :: SAME_AS -> assert(rc==C && job[rj]!=0)      /* P2 202 implies a job, and one of this content */
  :: !SAME_AS -> assert(rc!=C)                   /* P2 422 implies other content */
  fi
}
#ifdef READ_FOUND
#define LIVES true       /* "found" */
#else
#define LIVES (!expired)
#endif

proctype Gateway(byte q) { byte v; bool doubt, there, strange;
  atomic { open++; there=(rc!=0 && !expired) }
  {
#if !defined(MUTANT_ASK_FIRST) && !defined(MUTANT_FINGERPRINT_OF_COMMAND)
    atomic {                                     /* "With a key the gateway first reads the record" */
      if
      :: rc!=0 && LIVES -> assert(!expired);     /* P5 an expired record answers nobody */
         found(); goto off
      :: else
      fi }
#endif
    atomic {                                     /* the owner, in a transaction that only reads */
      if
      :: !up -> assert(!there);                  /* P3 a repetition needs no owner */
         unavailable(); goto off
      :: up && !exists -> goto off               /* 404 */
      :: up && exists -> v=version;
#ifdef MUTANT_RESERVES
         reserved++;
#endif
         strange=(newer && !knows);              /* of a kind the gateway does not know */
#ifndef MUTANT_UNKNOWN_KIND
         if :: strange -> unavailable(); goto off :: else fi   /* "is 503 and logged, nothing accepted" */
#endif
      fi }
accept:
    atomic {                                     /* ACCEPT */
      if
      :: lk!=0 ->                                /* it waits for another one, too long */
#ifndef MUTANT_DOUBT_503
         if :: !doubt -> unavailable() :: doubt fi;          /* 504 */
#else
         unavailable();
#endif
         goto off
      :: lk==0 && rc!=0 && !expired -> found(); goto off     /* no row: "which decides a race" */
#ifndef MUTANT_NEW_JOB
      :: lk==0 && !KEYED && job[q]!=0 -> goto off            /* 23505 on its own job id: the commit that was lost; 202 */
#endif
#if defined(MUTANT_NEW_JOB) || defined(MUTANT_READ_DECIDES)
      :: lk==0 ->
#else
      :: lk==0 && (KEYED -> rc==0 || expired : job[q]==0) ->
#endif
         doubt=false; lk=q+1; lq=q; lv=v
      fi }
    if
    :: atomic { assert(!strange);                /* P6 nothing is accepted of a kind the gateway does not know */
         accept_(q, v); free(); goto off }
    :: atomic { rolls>0 -> rolls--; free(); unavailable(); goto off }
    :: atomic { unknowns>0 -> unknowns--; lk=SERVER; sent=true; doubt=true; goto accept }  /* again, with the same ids */
    fi
  } unless { atomic { kill[q] -> kill[q]=false;
      if :: lk==q+1 -> lk=SERVER; if :: sent=true :: sent=false fi :: else fi } };
off: atomic { open--; over++; v=0; doubt=false; there=false; strange=false }
}
proctype Server() { do :: atomic { lk==SERVER -> if :: sent -> accept_(lq, lv); free() :: free() fi } od }
/* the job's one step; delivery and lease are m1's */
#define HOLDS (exists && version==made_from[n])
proctype Handler(byte n) { bool ok;
  do
#ifdef READ_AT_START
  :: atomic { job[n]==ACCEPTED -> ok=HOLDS }     /* "its handler reads the row again", then works, then writes */
#else
  :: atomic { job[n]==ACCEPTED ->                /* in the transaction that writes, the row locked */
#ifdef MUTANT_NOT_AGAIN
       ok=true;
#else
       ok=HOLDS;
#endif
#endif
       if
       :: atomic { ok -> assert(HOLDS); job[n]=SUCCEEDED }   /* P7 no result for a row that is gone or another by now */
#ifdef MUTANT_WAITS_FOR_ROW
       :: !ok                                    /* Retryable */
#else
       :: atomic { !ok -> job[n]=FAILED }        /* `gone` or Permanent */
#endif
       fi; ok=false
#ifndef READ_AT_START
     }
#endif
  od }
proctype World() {
  do
  :: atomic { aways>0 && up -> aways--; up=false }
  :: atomic { !up -> up=true }
  :: atomic { edits>0 && exists -> edits--; version++ }
  :: atomic { edits>0 && exists -> edits--; exists=false }
  :: atomic { releases>0 -> releases--; newer=true }
  :: atomic { newer && !knows -> knows=true }
  :: atomic { expires>0 && rc!=0 && !expired && lk==0 && open==0 -> expires--; expired=true }
  :: atomic { crashes>0 -> crashes--; if :: kill[0]=true :: kill[1]=true :: kill[2]=true fi }
  :: atomic { over==SAME+OTHER && lk==0 && reserved>0 ->      /* P4 a proposal that is not accepted leaves nothing */
       assert(reserved<=(job[0]!=0)+(job[1]!=0)+(job[2]!=0)); reserved=0 }
  od }
#ifdef LIVE
bool tick;
active proctype Tick() { do :: tick = !tick od }
#endif
init { atomic {
  run Gateway(0); run Handler(0);
#if SAME>1
  run Gateway(1); run Handler(1);
#endif
#if OTHER>0
  run Gateway(2); run Handler(2);
#endif
  run Server(); run World()
} }
/* P8 every accepted job ends, without waiting for its deadline */
ltl ends { <>[] (job[0]!=ACCEPTED && job[1]!=ACCEPTED && job[2]!=ACCEPTED) }

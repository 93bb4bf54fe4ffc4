/* M8: what may have killed its process runs one at a time (SlowRunner._start_suspect, Leases.suspects).
   Two processes with two slots each (one by -DPROCS=1), KILLERS messages that may kill whatever process runs them, and
   innocents that would work.  A row is fresh, held by a run, or a suspect: its owner died.  Left out: backoffs (a killer that
   is given back is fresh again), leases of the living (m1). */
#ifndef PROCS
#define PROCS 2
#endif
#define N 4              /* messages; the first KILLERS of them kill */
#ifndef KILLERS
#define KILLERS 1
#endif
#ifndef MAX
#define MAX 3            /* more than KILLERS + 1, see README */
#endif
#define NOBODY 255
byte tries[N], owner[N] = NOBODY;        /* the process that holds the row */
bool done[N], suspect[N];                /* suspect: owned, and its lease has run out */
byte slots[PROCS]; bool turn[PROCS]; bool alone[N];   /* the process's one turn; this run has it */

inline end_run(p, m) {
  slots[p]--; owner[m]=NOBODY; suspect[m]=false;
  if :: alone[m] -> alone[m]=false; turn[p]=false :: else fi }
inline die(p) {                          /* every row the process holds is a suspect now */
  k=0;
  do :: k<N -> if :: owner[k]==p -> owner[k]=NOBODY; suspect[k]=true; alone[k]=false :: else fi; k++
     :: else -> break od;
  k=0; slots[p]=0; turn[p]=false }

#ifdef MUTANT_NO_TURN
#define TURN true
#elif defined(MUTANT_NO_SUSPECTS)
#define TURN false
#else
#define TURN !turn[p]
#endif
/* what is fresh: from the broker */
#define FRESH(m) atomic { slots[p]<2 && !done[m] && owner[m]==NOBODY && !suspect[m] -> \
  slots[p]++; owner[m]=p; tries[m]++ }
/* a suspect, when nobody here has the turn: not even claimed before, for that would spend a try */
#define SUSPECT(m) atomic { slots[p]<2 && TURN && !done[m] && owner[m]==NOBODY && suspect[m] -> \
  slots[p]++; owner[m]=p; tries[m]++; suspect[m]=false; turn[p]=true; alone[m]=true }
/* P1 nobody innocent is dead as crashed */
#define END(m) atomic { owner[m]==p -> \
  if \
  :: tries[m]>MAX -> assert(m<KILLERS); done[m]=true; end_run(p, m) \
  :: tries[m]<=MAX && m>=KILLERS -> done[m]=true; end_run(p, m) \
  :: tries[m]<=MAX && m<KILLERS -> die(p) \
  fi }
proctype Process(byte p) { byte k;
  do
  :: FRESH(0) :: FRESH(1) :: FRESH(2) :: FRESH(3)
  :: SUSPECT(0) :: SUSPECT(1) :: SUSPECT(2) :: SUSPECT(3)
  :: END(0) :: END(1) :: END(2) :: END(3)
  od }
#ifdef LIVE
bool tick;
active proctype Tick() { do :: tick = !tick od }
#endif
init { atomic { run Process(0);
#if PROCS>1
  run Process(1);
#endif
} }
/* P2 every message ends */
ltl ends { <> (done[0] && done[1] && done[2] && done[3]) }

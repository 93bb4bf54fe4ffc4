/* M4: one SSE client of one job, two gateway replicas (streams.py, subscription.py of the gateway).  Log rows 1..TERM are
   committed one after the other (m3: gap-free and in order), row TERM+1 comes after the terminal.
   Each replica has one reader for bells and polls, and a row is taken only if it is the next after the cursor.
   MUTANT_TWO_READERS: two readers and no such check. */
#ifndef TERM
#define TERM 3
#endif
#ifndef CUTS
#define CUTS 2           /* connections cut, replicas changed */
#endif
byte last;               /* rows committed */
bool bell[2];            /* "A bell may be lost freely"; bells of one job collapse */
bool held[2];            /* this replica holds the subscription (register) */
bool open_[2]; byte cursor[2];
byte sending[2];         /* row the replica has sent and the client not yet read, 0 none */
byte got; bool finished; /* client's Last-Event-ID */
byte cuts = CUTS; byte gen[2];

proctype Recorder() {    /* commit, then ring "one doorbell per batch" */
  do
  :: last<=TERM -> last++;
     if :: held[0] -> bell[0]=true :: skip fi;   /* rung, or lost; a bell of an unheld job is dropped */
     if :: held[1] -> bell[1]=true :: skip fi
  :: last>TERM -> break
  od }

/* one query and its answer for the subscription this replica holds: reads a snapshot, then sends row by row */
#ifdef MUTANT_LATE_SENT
#define STREAMED (TERM+1)
#else
#define STREAMED TERM    /* READ_ROWS: not late */
#endif
#ifndef MUTANT_TWO_READERS
inline follow(r, from, to, g) {
  to=last;
  do
  :: atomic { open_[r] && cursor[r]<to && cursor[r]<STREAMED && sending[r]==0 -> cursor[r]++; sending[r]=cursor[r] }
  :: atomic { !open_[r] || cursor[r]>=to || cursor[r]>=STREAMED -> break }   /* "What comes later is not sent on the job's stream" */
  od; to=0 }
#else
inline follow(r, from, to, g) {
  atomic { from=cursor[r]; to=last; g=gen[r] }   /* the query: seq > cursor */
  do
  :: atomic { open_[r] && gen[r]==g && from<to && from<TERM && sending[r]==0 -> from++; cursor[r]=from; sending[r]=from }
  :: !open_[r] || gen[r]!=g || from>=to || from>=TERM -> break
  od;
  from=0; to=0; g=0 }
#endif
#define POLL (held[r] && open_[r] && cursor[r]<last && cursor[r]<TERM)   /* every 5 s and after a reconnect */
#ifndef MUTANT_TWO_READERS
proctype Reader(byte r) { byte from, to, g;      /* Hub._read: rung jobs, and now and then all that are held */
  do
  :: atomic { bell[r] && held[r] -> bell[r]=false } follow(r, from, to, g)
#ifndef MUTANT_NO_POLL
  :: atomic { POLL } follow(r, from, to, g)
#endif
  od }
#else
proctype Reader(byte r) { byte from, to, g;
  do :: atomic { bell[r] && held[r] -> bell[r]=false } follow(r, from, to, g) od }
proctype Poll(byte r) { byte from, to, g; do :: atomic { POLL } follow(r, from, to, g) od }
#endif
inline cut(r) { open_[r]=false; held[r]=false; cursor[r]=0; sending[r]=0; bell[r]=false;
#ifdef MUTANT_TWO_READERS
  gen[r]++;
#endif
}
proctype Client() { byte r;
again:
  atomic { if :: r=0 :: r=1 fi; 
    if :: got>=TERM -> goto fin :: else fi }     /* "Last-Event-ID at or past it -> 204" */
  /* "Subscribe: register, read, send, then follow bells" */
#ifndef MUTANT_READ_FIRST
  atomic { cursor[r]=got; open_[r]=true; held[r]=true }
  bell[r]=true;                                  /* the first read: the same query */
#else
  atomic { cursor[r]=got; open_[r]=true }
  do :: atomic { cursor[r]<last && cursor[r]<TERM && sending[r]==0 -> cursor[r]++; sending[r]=cursor[r] }
     :: atomic { sending[r]!=0 -> assert(sending[r]==got+1); got=sending[r]; sending[r]=0; if :: got==TERM -> cut(r); goto fin :: else fi }
     :: sending[r]==0 && (cursor[r]>=last || cursor[r]>=TERM) -> break od;
  held[r]=true;
#endif
  do
  :: atomic { sending[r]!=0 ->
       assert(sending[r]==got+1);                /* P1 each seq once, in order, no gap */
       assert(sending[r]<=TERM);                 /* P2 nothing after the terminal */
       got=sending[r]; sending[r]=0;
#ifndef MUTANT_LATE_SENT
       if :: got==TERM -> cut(r); goto fin :: else fi
#endif
     }
  :: atomic { cuts>0 -> cuts--; cut(r); goto again }   /* cut: a row on its way is lost */
  od;
fin: finished=true }
/* an eternal idler: turns a stuck run into an infinite one, so that liveness sees it */
#ifdef LIVE
bool tick;
active proctype Tick() { do :: tick = !tick od }
#endif
init { atomic { run Recorder(); run Client(); run Reader(0); run Reader(1);
#ifdef MUTANT_TWO_READERS
  run Poll(0); run Poll(1);
#endif
} }
ltl sees { <> (finished && got==TERM) }          /* P3 the client sees the terminal */

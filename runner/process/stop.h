/* The signals that ask a run to stop: SIGINT, SIGTERM, SIGHUP, and SIGUSR1, which batch systems
 * send some time before a limit. They are only counted; callers poll the count. */
#ifndef RUN_STOP_H
#define RUN_STOP_H

/* Count them from now on, from 0. May be nested: counting continues. */
void run_stop_catch(void);
void run_stop_release(void);

/* How many have come: 0, 1, or 2 for more. */
int run_stop_count(void);

/* The first of them; 0 = none has come. */
int run_stop_signal(void);

#endif

/* The backend that trains the built-in LSTM autoencoder on an engine. */
#ifndef RUN_LSTM_H
#define RUN_LSTM_H

#include "runner/backend/backend.h"

const run_backend *run_backend_lstm(void);

#endif

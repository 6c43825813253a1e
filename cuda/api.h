/* The one symbol of the plug-in libsweep_cuda.so. */
#ifndef ENGCU_API_H
#define ENGCU_API_H

#include "engine/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The GPU engine. Touches neither CUDA nor a driver before its `open` is called. */
const eng_api *sweep_cuda_api(void);

#ifdef __cplusplus
}
#endif
#endif

#!/bin/sh
# A stand-in for a training script: own.sh steps=3 lr=0.1 seed=1
awk "$@" 'BEGIN { for (e = 1; e <= steps; e++) {
    printf "epoch=%d acc=%.4f loss=%.4f\n", e, lr * seed * e * (5 - e) / 4, 1 / (e * seed) } }' </dev/null

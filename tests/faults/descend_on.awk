# Gradient descent that continues where it was interrupted: after each epoch it reports, then appends to its
# checkpoint. Ends at $SWEEP_BUDGET, or after 12 epochs.
BEGIN {
    checkpoint = ENVIRON["SWEEP_CHECKPOINT"] "/epochs"
    budget = ENVIRON["SWEEP_BUDGET"] == "" ? 12 : ENVIRON["SWEEP_BUDGET"]
    while ((getline line < checkpoint) > 0)
        if (split(line, field, " ") == 4) { epoch = field[1]; w = field[2]; v = field[3] }
    close(checkpoint)
    while (epoch < budget) {
        epoch++
        v = momentum * v - lr * 2 * (w - 3)
        w += v
        printf "epoch=%d train_loss=%.17g\n", epoch, w
        printf "epoch=%d val_loss=%.17g\n", epoch, (w - 3) ^ 2 + 0.01 * seed
        fflush()
        printf "%d %.17g %.17g end\n", epoch, w, v >> checkpoint
        fflush(checkpoint)
    }
}

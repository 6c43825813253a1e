# Fits a line to 40 points by gradient descent with momentum, and after every epoch prints the mean
# squared error of these and of 20 others. A stand-in for a training script of your own.
function noise() { state = state * 16807 % 2147483647; return state / 2147483647 - 0.5 }
BEGIN {
    state = 1 + 7919 * seed
    for (i = 0; i < 60; i++) { x[i] = 2 * noise(); y[i] = 3 * x[i] + 1 + noise() }
    for (epoch = 1; epoch <= 20; epoch++) {
        train = val = 0
        for (i = 0; i < 40; i++) {
            e = w * x[i] + b - y[i]; train += e * e / 40
            w += (v = momentum * v - lr * e * x[i]); b += (u = momentum * u - lr * e)
        }
        for (i = 40; i < 60; i++) { e = w * x[i] + b - y[i]; val += e * e / 20 }
        printf "epoch=%d train_loss=%.6g val_loss=%.6g\n", epoch, train, val
    }
}

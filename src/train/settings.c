/* settings.c - the options of the training loop. */
#include <math.h>

#include "galatea/optim.h"
#include "galatea/train.h"

#define S gt_train_settings

static const gt_option table[] = {
    {"preset", GT_TEXT_AT(S, preset), NULL, "NAME",
     "a named choice of settings of the model; a new run without one takes the last of them"},
    {"data", GT_TEXT_AT(S, data), NULL, "FILE", "data set to learn from", .required = true,
     .path = GT_READS},
    {"out", GT_TEXT_AT(S, out), NULL, "RUN", "run folder", .required = true, .path = GT_FILLS},
    {"init", GT_TEXT_AT(S, init), NULL, "FILE",
     "run or file with weights (safetensors, torch.save) to begin with, also of torchvision, "
     "lightly, any "
     "module of PyTorch with the same names, or of another method, whose heads stay out",
     .path = GT_READS},
    {"prefix", GT_TEXT_AT(S, prefix), NULL, "NAME",
     "of weights that hold the model more than once: those whose names begin so, as "
     "ema.ema_model",
     .with = "init"},
    {"partial", GT_FLAG_AT(S, partial), NULL, NULL,
     "take those of the weights that fit, tensor by tensor, and leave the others out",
     .with = "init"},
    {"resume", GT_FLAG_AT(S, resume), NULL, NULL, "go on with a run; fail when there is none"},
    {"force", GT_FLAG_AT(S, force), NULL, NULL,
     "resume although data, version or number of threads changed"},
    {"rows", GT_CHOICE_AT(S, rows), "train", "WHICH",
     "rows to learn from: the training split, or all of them whatever their split",
     .choices = "train|all"},
    {"epochs", GT_INT_AT(S, epochs), "100", "N", "passes over the training rows", .min = 1,
     .max = 1e6},
    {"epoch-rows", GT_INT_AT(S, epoch_rows), "0", "N",
     "what an epoch is: the training rows as often as they go into this number, at least once, "
     "all in one order of chance",
     .min = 0, .max = 1e9},
    {"batch", GT_INT_AT(S, batch), "32", "N", "rows per step; 0: a tenth of all rows", .min = 0,
     .max = 1e6},
    {"micro-batch", GT_INT_AT(S, micro_batch), "0", "N",
     "images in work at once, a divisor of batch or more than it: less memory, same result; 0: "
     "chosen",
     .min = 0, .max = 65536},
    {"seed", GT_INT_AT(S, seed), "1", "S", "seed of weights, order, noise", .min = 0,
     .max = 9e15},
    {"threads", GT_INT_AT(S, threads), "0", "N", "processors to use; 0: all", .min = 0,
     .max = 1024},
    {"algorithms", GT_TEXT_AT(S, algorithms), NULL, "FILE",
     "convolution algorithms of a new run, as in another run's algorithms.txt; else as "
     "measured "
     "by `galatea bench --tune` on this machine, else by rule",
     .path = GT_READS},
    {"optimizer", GT_CHOICE_AT(S, optimizer), "rmsprop", "NAME", "update rule",
     .choices = GT_OPTIMIZER_CHOICES},
    {"learning-rate", GT_REAL_AT(S, learning_rate), "2e-5", "X", "learning rate",
     .min = GT_ABOVE_ZERO, .max = INFINITY},
    {"momentum", GT_REAL_AT(S, momentum), "0.9", "X", "of sgd, rmsprop and lars", .min = 0,
     .max = GT_BELOW_ONE},
    {"alpha", GT_REAL_AT(S, alpha), "0.99", "X", "decay of the squared gradients of rmsprop",
     .min = 0, .max = GT_BELOW_ONE},
    {"beta1", GT_REAL_AT(S, beta1), "0.9", "X", "first moment of adam and adamw", .min = 0,
     .max = GT_BELOW_ONE},
    {"beta2", GT_REAL_AT(S, beta2), "0.999", "X", "second moment of adam and adamw", .min = 0,
     .max = GT_BELOW_ONE},
    {"epsilon", GT_REAL_AT(S, epsilon), "1e-8", "X", "added to the root of the second moment",
     .min = GT_ABOVE_ZERO, .max = 1},
    {"weight-decay", GT_REAL_AT(S, weight_decay), "1e-4", "X",
     "added to the gradient (adamw: taken from the value; lars: of weights only, and 0 gives "
     "them "
     "plain steps of sgd)",
     .min = 0, .max = INFINITY},
    {"trust", GT_REAL_AT(S, trust), "1e-3", "X",
     "lars: length of a step as a share of a weight's, before the learning rate",
     .min = GT_ABOVE_ZERO, .max = INFINITY},
    {"clip", GT_REAL_AT(S, clip), "220", "X", "longest gradient applied; 0: any", .min = 0,
     .max = INFINITY},
    {"skip-threshold", GT_REAL_AT(S, skip), "380", "X",
     "leave a step out when its gradient is as long as this; 0: never", .min = 0,
     .max = INFINITY},
    {"skip-patience", GT_INT_AT(S, skip_patience), "10", "N",
     "after so many steps left out in a row the limit rises", .min = 1, .max = 32},
    {"ema", GT_REAL_AT(S, average), "0.999", "X",
     "rate of the moving average of the weights, which is what is used; 0: none", .min = 0,
     .max = GT_BELOW_ONE},
    {"schedule", GT_CHOICE_AT(S, schedule), "plateau", "NAME",
     "how the learning rate changes: cut when validation stops improving, not, to 0, from "
     "the first step of the warm-up to a thousandth in the last, or to half again and again",
     .choices = "plateau|constant|cosine|cosine-by-steps|halve"},
    {"halve-every", GT_INT_AT(S, halve_every), "100", "N",
     "of schedule halve: epochs with the same learning rate", .min = 1, .max = 1e6,
     .with = "schedule=halve"},
    {"warmup", GT_INT_AT(S, warmup), "0", "N", "steps in which the learning rate rises from 0",
     .min = 0, .max = 1e9},
    {"plateau-factor", GT_REAL_AT(S, plateau_factor), "0.5", "X", "what a cut multiplies by",
     .min = GT_ABOVE_ZERO, .max = GT_BELOW_ONE, .with = "schedule=plateau"},
    {"plateau-patience", GT_INT_AT(S, plateau_patience), "10", "N",
     "epochs without improvement before a cut", .min = 0, .max = 1e6,
     .with = "schedule=plateau"},
    {"plateau-threshold", GT_REAL_AT(S, plateau_threshold), "1e-4", "X",
     "smallest relative improvement that counts", .min = 0, .max = GT_BELOW_ONE,
     .with = "schedule=plateau"},
    {"hold-out", GT_REAL_AT(S, hold_out), "0.1", "X",
     "share of the training rows kept for validation when the set has no such split; 0: none",
     .min = 0, .max = 0.9},
    {"train-share", GT_REAL_AT(S, train_share), "0", "X",
     "share of the rows to learn from, drawn by chance; 0: as the set's splits and hold-out "
     "say",
     .min = 0, .max = GT_BELOW_ONE},
    {"test-share", GT_REAL_AT(S, test_share), "0.1", "X",
     "with train-share: share of the rows that is left alone; the others validate", .min = 0,
     .max = GT_BELOW_ONE},
    {"keep-order", GT_FLAG_AT(S, keep_order), NULL, NULL,
     "the same batches in every epoch, not new ones"},
    {"flip", GT_FLAG_AT(S, flip), NULL, NULL,
     "mirror pictures left to right, and top to bottom: each in every second picture, by "
     "chance"},
    {"pixel-weights", GT_CHOICE_AT(S, pixel_weights), "none", "PLANES",
     "how much pixels count in the loss: alike; not where the set's mask is not 0; by its "
     "inverse variance, over its mean in the channel; or both (vdvae, diffusion)",
     .choices = "none|mask|ivar|both"},
    {"recompute", GT_FLAG_AT(gt_train_settings, recompute), NULL, NULL,
     "compute cheap activations again in the backward pass: less memory, a little slower"},
    {"exact", GT_FLAG_AT(S, exact), NULL, NULL, "no fast convolutions with larger rounding"},
    {"checkpoint-minutes", GT_REAL_AT(S, checkpoint_minutes), "10", "X",
     "time between checkpoints inside an epoch", .min = 0, .max = 1e6},
    {"log-every", GT_INT_AT(S, log_every), "10", "N", "steps between two rows of the log",
     .min = 1, .max = 1e9},
    {"nearest", GT_INT_AT(S, nearest), "64", "N",
     "samples that are compared with all training pictures behind the last epoch, where these "
     "are fewer than 1,000 and the model makes pictures; 0: none",
     .min = 0, .max = 4096, .transient = true},
    {"nearest-turns", GT_FLAG_AT(S, nearest_turns), NULL, NULL,
     "look for copies in all eight ways to lay a picture, quarter turns too, in twice the "
     "time; "
     "else in those in which pictures were mirrored"},
    {"sample-every", GT_INT_AT(S, sample_every), "5", "N",
     "epochs between two sheets of samples (RUN/samples/epoch-0005.png, ...; one more after "
     "the "
     "last), where the model makes pictures; 0: none",
     .min = 0, .max = 1e6},
    {"sample-count", GT_INT_AT(S, sample_count), "64", "N", "pictures on such a sheet",
     .min = 1, .max = 1024},
    {"keep-every", GT_INT_AT(S, keep_every), "0", "N",
     "epochs between weights that stay, as RUN/epoch-0010.safetensors, those before the first "
     "step among them; 0: none do",
     .min = 0, .max = 1e6},
    {"probe", GT_TEXT_AT(S, probe), NULL, "FILE",
     "labelled set of the same size: tell how well 20 nearest neighbours know its classes by "
     "the codes (leave-one-out in its split 0)",
     .path = GT_READS},
    {"probe-every", GT_INT_AT(S, probe_every), "5", "N", "epochs between two looks at it",
     .min = 1, .max = 1e6, .with = "probe"},
    {"best-by", GT_CHOICE_AT(S, best_by), "loss", "WAY",
     "what decides which weights are the best: loss, of the validation rows (the last ones, "
     "where that tells nothing of the codes), or probe, its accuracy",
     .choices = "loss|probe"},
    {"patience", GT_INT_AT(S, patience), "0", "N",
     "end after N epochs (best-by probe: looks of the probe) in a row without better weights; "
     "0: never",
     .min = 0, .max = 1e6},
};

const gt_option_table gt_train_options = GT_OPTION_TABLE("Training", table);

/* galatea.h - the whole library: every public header. Programs include this one, the library
 * itself never does. */
#ifndef GALATEA_GALATEA_H
#define GALATEA_GALATEA_H

#include "galatea/augment.h"
#include "galatea/brightness.h"
#include "galatea/classifier.h"
#include "galatea/dataset.h"
#include "galatea/error.h"
#include "galatea/evaluation.h"
#include "galatea/figure.h"
#include "galatea/graph.h"
#include "galatea/image.h"
#include "galatea/imaging.h"
#include "galatea/import.h"
#include "galatea/interrupt.h"
#include "galatea/log.h"
#include "galatea/metrics.h"
#include "galatea/model.h"
#include "galatea/morphology.h"
#include "galatea/neighbours.h"
#include "galatea/nn.h"
#include "galatea/optim.h"
#include "galatea/option.h"
#include "galatea/params.h"
#include "galatea/pca.h"
#include "galatea/plan.h"
#include "galatea/run.h"
#include "galatea/safetensors.h"
#include "galatea/samples.h"
#include "galatea/similarity.h"
#include "galatea/synth.h"
#include "galatea/train.h"
#include "galatea/tsne.h"
#include "galatea/twomodels.h"
#include "galatea/version.h"

#endif

// The full declarations of packer.h: without them a dictionary is opaque, and so is the number of its words,
// which is what FindPW returns for a word that it does not hold.
#define IN_CRACKLIB
#define HAVE_INTTYPES_H

#include <packer.h>

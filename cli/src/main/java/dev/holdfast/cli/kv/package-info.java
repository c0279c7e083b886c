/** {@code holdfast kv}: the replicated map from the shell. */
@NullMarked
package dev.holdfast.cli.kv;

import org.jspecify.annotations.NullMarked;

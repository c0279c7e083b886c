/** Stands in for the command line in a fake distribution; the test kit runs it by its name. */
@NullMarked
package dev.holdfast.cli;

import org.jspecify.annotations.NullMarked;

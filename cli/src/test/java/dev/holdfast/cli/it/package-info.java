/** Stories about real node processes of the distribution, run after it is built. */
@NullMarked
package dev.holdfast.cli.it;

import org.jspecify.annotations.NullMarked;

/** Drives the real client in a simulated world; in this package, since its parts are not public. */
@NullMarked
package dev.holdfast.client;

import org.jspecify.annotations.NullMarked;

/** A cluster on this machine: its folder, its processes, the commands up, down and node. */
@NullMarked
package dev.holdfast.cli.local;

import org.jspecify.annotations.NullMarked;

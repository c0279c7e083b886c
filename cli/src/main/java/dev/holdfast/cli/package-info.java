/**
 * The {@code holdfast} command: {@link dev.holdfast.cli.Main} reads the command line, each
 * sub-package holds the commands of one feature ({@code local}: up, down, node; {@code objects}:
 * put, get, ls, rm; {@code lock}, {@code cluster}, {@code plugin}). Commands talk REST to a node
 * ({@code rest}) and print through {@code terminal}.
 */
@NullMarked
package dev.holdfast.cli;

import org.jspecify.annotations.NullMarked;

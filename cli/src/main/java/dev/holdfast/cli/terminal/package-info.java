/** What a command shows: one document on stdout, everything else on stderr, an exit code. */
@NullMarked
package dev.holdfast.cli.terminal;

import org.jspecify.annotations.NullMarked;

/** Locks for the shell: run a command under a lock, list locks, show one. */
@NullMarked
package dev.holdfast.cli.lock;

import org.jspecify.annotations.NullMarked;

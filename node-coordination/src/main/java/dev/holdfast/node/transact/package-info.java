/**
 * Runs transitions: commands that wait for the same entry are folded into one commit, on the
 * entry's home.
 */
@NullMarked
package dev.holdfast.node.transact;

import org.jspecify.annotations.NullMarked;

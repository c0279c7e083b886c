/**
 * Fenced writes: from 'lock;token' to the condition that lets a write commit only while the lock
 * has not moved on.
 */
@NullMarked
package dev.holdfast.node.fence;

import org.jspecify.annotations.NullMarked;

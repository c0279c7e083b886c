/**
 * Elections and groups: who holds a lock exclusively, and what it has made known under its token.
 * {@code ElectionService} writes and reads, {@code LeaderBoard} tells those who observe.
 */
@NullMarked
package dev.holdfast.node.election;

import org.jspecify.annotations.NullMarked;

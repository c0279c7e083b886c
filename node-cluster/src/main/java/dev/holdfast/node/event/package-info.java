/** What this node noticed: one bounded ring, told as server-sent events and over the socket. */
@NullMarked
package dev.holdfast.node.event;

import org.jspecify.annotations.NullMarked;

/**
 * Node to node: a WebSocket on the peer port, Kryo frames after both sides proved that they know
 * the cluster secret.
 */
@NullMarked
package dev.holdfast.node.peer;

import org.jspecify.annotations.NullMarked;

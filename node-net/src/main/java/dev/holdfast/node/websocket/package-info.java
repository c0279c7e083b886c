/**
 * WebSocket frames (RFC 6455) over a connection that Undertow accepted and upgraded, or that this
 * node opened. Undertow's own frame layer buffers before it counts (UNDERTOW-2770) and unmasks byte
 * by byte; here every limit is checked before a byte is kept, and the same code serves clients and
 * peers.
 */
@NullMarked
package dev.holdfast.node.websocket;

import org.jspecify.annotations.NullMarked;

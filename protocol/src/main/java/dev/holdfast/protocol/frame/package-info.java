/**
 * Frames of the WebSocket {@code /v1/session}: one sealed interface of records for each direction,
 * and the codec that writes them as JSON objects or as CBOR arrays. The records are the definition:
 * the order of their components is the order of the array, and {@code docs/reference/protocol.md}
 * is compared with them by a test.
 */
@NullMarked
package dev.holdfast.protocol.frame;

import org.jspecify.annotations.NullMarked;

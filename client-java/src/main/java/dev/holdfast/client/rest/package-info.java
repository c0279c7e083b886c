/**
 * REST with several servers: what to send, where, and what may be sent again. The Java client's
 * objects and the {@code holdfast} command stand on it.
 */
@NullMarked
package dev.holdfast.client.rest;

import org.jspecify.annotations.NullMarked;

/**
 * HTTP in: the server, its router, problem+json, health and metrics. Each request runs on a virtual
 * thread of its own, in plain blocking code.
 */
@NullMarked
package dev.holdfast.node.http;

import org.jspecify.annotations.NullMarked;

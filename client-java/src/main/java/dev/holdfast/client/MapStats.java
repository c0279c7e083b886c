// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

/**
 * How large a map is, as one node has applied it.
 *
 * @param bytes of its keys and values
 * @param allBytes of all maps
 * @param limitBytes that all maps may have: {@code map.maxStateSize} of the node
 */
public record MapStats(long entries, long bytes, long allBytes, long limitBytes, long revision) {}

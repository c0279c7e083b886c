// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.Optional;

/**
 * What one node has applied, without agreement: may be old.
 *
 * @param entry empty when the key was absent there
 * @param revision up to which the node had applied everything
 * @param ageMillis since the node last knew that it had everything; negative when it never did
 */
public record LocalEntry<V>(Optional<MapEntry<V>> entry, long revision, long ageMillis) {}

// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import dev.holdfast.protocol.ObjectBodies;
import java.util.Map;

/**
 * What is known about one version of an object.
 *
 * @param version also its ETag
 * @param size of the whole object, in bytes
 * @param sha256 of the whole object in hex, empty when the node did not say
 * @param contentType empty when there is none
 * @param metadata names in lower case
 * @param state of the version: {@code confirmed} or {@code provisional}; empty when the node did
 *     not say
 * @param consistency {@code linearizable}, or {@code local} from a node that is cut off from the
 *     majority: others may know a newer version; empty when the node did not say
 */
public record ObjectHead(
    String key,
    String version,
    long size,
    String sha256,
    String contentType,
    Map<String, String> metadata,
    String state,
    String consistency) {
  public ObjectHead {
    metadata = Map.copyOf(metadata);
  }

  /** Whether the cluster has not agreed on the version, or had not when it was read. */
  public boolean isProvisional() {
    return state.equals(ObjectBodies.PROVISIONAL);
  }

  /** Whether a node answered that is cut off from the majority. */
  public boolean isLocal() {
    return consistency.equals(ObjectBodies.LOCAL);
  }
}

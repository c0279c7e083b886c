// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client;

import java.util.Map;

/**
 * What is known about one version of an object.
 *
 * @param version also its ETag
 * @param size of the whole object, in bytes
 * @param sha256 of the whole object in hex, empty when the node did not say
 * @param contentType empty when there is none
 * @param metadata names in lower case
 */
public record ObjectHead(
    String key,
    String version,
    long size,
    String sha256,
    String contentType,
    Map<String, String> metadata) {
  public ObjectHead {
    metadata = Map.copyOf(metadata);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.UriText;
import dev.holdfast.protocol.ObjectBodies;
import java.util.ArrayList;
import java.util.List;

/**
 * What a write says besides its bytes.
 *
 * @param fence {@code LOCK;TOKEN}, or empty
 * @param durability as the query has it, or empty
 * @param consistency as the query has it, or empty
 * @param parents whole ids; empty for the head that the node sees
 * @param isMerge whether it ends the conflict of its parents
 */
record WriteTerms(
    String fence, String durability, String consistency, List<String> parents, boolean isMerge) {
  WriteTerms {
    parents = List.copyOf(parents);
  }

  static WriteTerms fenced(String fence) {
    return new WriteTerms(fence, "", "", List.of(), false);
  }

  static WriteTerms merging(List<String> parents) {
    return new WriteTerms("", "", "", parents, true);
  }

  /** Without a body yet. Nodes remember it by its id, so that it may be sent again. */
  RestRequest write(String key) {
    return isMerge ? request("POST", key, List.of("merge")) : request("PUT", key, List.of());
  }

  RestRequest delete(String key) {
    return request("DELETE", key, List.of());
  }

  /**
   * @param take the version whose bytes the merge has
   */
  RestRequest mergeTaking(String key, String take) {
    return request("POST", key, List.of("merge", "take=" + take));
  }

  private RestRequest request(String method, String key, List<String> first) {
    List<String> query = new ArrayList<>(first);
    if (!durability.isEmpty()) {
      query.add("durability=" + durability);
    }
    if (!consistency.isEmpty()) {
      query.add("consistency=" + consistency);
    }
    String path = "/v1/objects/" + UriText.path(key);
    RestRequest request =
        RestRequest.of(method, query.isEmpty() ? path : path + "?" + String.join("&", query))
            .withId();
    if (!fence.isEmpty()) {
      request = request.header(ObjectBodies.FENCE_HEADER, fence);
    }
    return parents.isEmpty()
        ? request
        : request.header(ObjectBodies.PARENTS_HEADER, String.join(", ", parents));
  }
}

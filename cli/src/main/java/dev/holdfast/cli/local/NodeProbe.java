// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.NodeAddress;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestException;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.ServerAddress;
import dev.holdfast.protocol.ClusterBodies;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Asks nodes of this machine how they are; no answer is an answer. */
final class NodeProbe {
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private final LongSupplier nanos;

  NodeProbe(LongSupplier nanos) {
    this.nanos = nanos;
  }

  boolean isReady(NodeAddress node) {
    try (RestClient client = client(node)) {
      client.done(RestRequest.of("GET", "/health/ready").within(ANSWER));
      return true;
    } catch (RestException e) {
      return false;
    }
  }

  /** Roles by node id; empty when the cluster cannot say. */
  Map<String, String> roles(NodeAddress node) {
    try (RestClient client = client(node)) {
      Map<String, String> roles = new HashMap<>();
      client
          .read(RestRequest.of("GET", "/v1/cluster").within(ANSWER), ClusterBodies.Status.class)
          .nodes()
          .forEach(each -> roles.put(each.id(), each.role()));
      return roles;
    } catch (RestException e) {
      return Map.of();
    }
  }

  private RestClient client(NodeAddress node) {
    return new RestClient(
        List.of(ServerAddress.parse(node.api().toString())), Duration.ZERO, nanos);
  }
}

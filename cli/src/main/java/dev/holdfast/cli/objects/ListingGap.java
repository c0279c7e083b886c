// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import dev.holdfast.cli.objects.ObjectsClient.Listing;
import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestException;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.ServerAddress;
import dev.holdfast.protocol.ClusterBodies;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a listing may lack when a node could not be asked. A write is acknowledged when a majority
 * of its copies is on disk, so with two copies or more a single missing node hides nothing; from
 * the second one on, keys may be missing, and work that must not miss one is refused.
 */
final class ListingGap {
  private static final int HIDES_NOTHING = 1;
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private ListingGap() {}

  /** Returns the listing, with a remark where a node is missing. */
  static Listing requireNoGap(Terminal terminal, RestClient rest, Listing listing) {
    if (listing.complete()) {
      return listing;
    }
    List<String> missing = missing(rest, terminal.nanos());
    if (missing.size() > HIDES_NOTHING) {
      throw new CommandException(
          ExitCode.UNAVAILABLE,
          "keys may be missing: no answer from " + String.join(", ", missing),
          "try again when they answer; 'holdfast cluster status' shows the nodes");
    }
    terminal.note(
        "holdfast: a node could not be asked"
            + (missing.isEmpty() ? "" : " (" + missing.get(0) + ")")
            + "; a single one hides no key that has two copies");
    return listing;
  }

  /** Asked directly: what the cluster believes of a node is older than its death. */
  private static List<String> missing(RestClient rest, LongSupplier nanos) {
    return rest
        .read(RestRequest.of("GET", "/v1/cluster"), ClusterBodies.Status.class)
        .nodes()
        .stream()
        .filter(node -> !answers(node.api(), nanos))
        .map(ClusterBodies.Node::id)
        .toList();
  }

  private static boolean answers(String api, LongSupplier nanos) {
    if (api.isEmpty()) {
      return false;
    }
    try (RestClient node = new RestClient(ServerAddress.parseAll(api), Duration.ZERO, nanos)) {
      node.done(RestRequest.of("GET", "/health/live").within(ANSWER));
      return true;
    } catch (RestException e) {
      return false;
    }
  }
}

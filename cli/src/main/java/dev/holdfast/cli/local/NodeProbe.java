package dev.holdfast.cli.local;

import dev.holdfast.cli.folder.NodeAddress;
import dev.holdfast.cli.rest.ProblemException;
import dev.holdfast.cli.rest.RestClient;
import dev.holdfast.cli.rest.RestRequest;
import dev.holdfast.cli.terminal.CommandException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Asks nodes of this machine how they are; no answer is an answer. */
final class NodeProbe {
  private static final Duration ANSWER = Duration.ofSeconds(2);

  boolean isReady(NodeAddress node) {
    try (RestClient client = client(node)) {
      client.json(RestRequest.of("GET", "/health/ready").within(ANSWER));
      return true;
    } catch (CommandException | ProblemException | JacksonException e) {
      return e instanceof JacksonException; // Ready is a status, whatever the body looks like.
    }
  }

  /** Roles by node id; empty when the cluster cannot say. */
  Map<String, String> roles(NodeAddress node) {
    try (RestClient client = client(node)) {
      Map<String, String> roles = new HashMap<>();
      JsonNode status = client.json(RestRequest.of("GET", "/v1/cluster").within(ANSWER));
      for (JsonNode each : status.path("nodes")) {
        roles.put(each.path("id").asString(""), each.path("role").asString("unknown"));
      }
      return roles;
    } catch (CommandException | ProblemException | JacksonException e) {
      return Map.of();
    }
  }

  private static RestClient client(NodeAddress node) {
    return new RestClient(List.of(node.api()), Duration.ZERO, System::nanoTime);
  }
}

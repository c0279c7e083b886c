// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.testkit.history.Checker;
import dev.holdfast.testkit.history.History;
import dev.holdfast.testkit.history.Operation;
import dev.holdfast.testkit.history.RegisterModel;
import dev.holdfast.testkit.history.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Small objects as registers with versions: GET, PUT, {@code If-Match}, {@code If-None-Match},
 * DELETE.
 */
final class RegisterWorkload implements Workload {
  private static final int KEYS = 4;
  private static final int THINK_MILLIS = 60;

  @Override
  public String name() {
    return "objects";
  }

  @Override
  public int clients() {
    return 4;
  }

  @Override
  public void run(Client client) throws InterruptedException {
    Map<String, String> versions = new HashMap<>();
    try (NodeClient node = new NodeClient(client.nodes())) {
      for (int i = 0; !client.stopped().getAsBoolean(); i++) {
        String object = object(client.random().nextInt(KEYS));
        String value = client.name() + "-" + i;
        String version = versions.get(object);
        int what = client.random().nextInt(100);
        if (what < 45 || (version == null && what < 75)) {
          read(client, node, object, versions);
        } else if (what < 60) {
          change(client, node, object, "write", Map.of("value", value), versions);
        } else if (what < 90 && version != null) {
          Map<String, String> input = Map.of("value", value, "ifVersion", version);
          change(client, node, object, "cas", input, versions);
        } else if (what < 95) {
          change(client, node, object, "create", Map.of("value", value), versions);
        } else {
          change(client, node, object, "delete", Map.of(), versions);
        }
        client.think(THINK_MILLIS);
      }
    }
  }

  @Override
  public void readAtTheEnd(Client client) throws InterruptedException {
    try (NodeClient node = new NodeClient(client.nodes())) {
      for (int key = 0; key < KEYS; key++) {
        read(client, node, object(key), new HashMap<>());
      }
    }
  }

  private String object(int key) {
    return name() + "/k" + key;
  }

  private static void read(
      Client client, NodeClient node, String object, Map<String, String> versions)
      throws InterruptedException {
    History.Call call = client.history().call(client.name(), object, "read", Map.of());
    NodeClient.Answer answer =
        node.send("GET", "/v1/objects/" + object + "?read=confirmed_only", "");
    if (answer.isOk()) {
      String version = answer.etag().orElseThrow();
      versions.put(object, version);
      call.ok(Map.of("value", answer.body(), "version", version));
    } else if (answer.status() == 404) {
      versions.remove(object);
      call.refused(Map.of("why", "absent"));
    } else {
      call.failed(answer.summary());
    }
  }

  private static void change(
      Client client,
      NodeClient node,
      String object,
      String name,
      Map<String, String> input,
      Map<String, String> versions)
      throws InterruptedException {
    String path = "/v1/objects/" + object + "?consistency=confirmed";
    String value = input.getOrDefault("value", "");
    History.Call call = client.history().call(client.name(), object, name, input);
    NodeClient.Answer answer =
        switch (name) {
          case "cas" ->
              node.send("PUT", path, value, "If-Match", input.getOrDefault("ifVersion", ""));
          case "create" -> node.send("PUT", path, value, "If-None-Match", "*");
          case "delete" -> node.send("DELETE", path, "");
          default -> node.send("PUT", path, value);
        };
    if (answer.isOk() && name.equals("delete")) {
      versions.remove(object);
      call.ok(Map.of());
    } else if (answer.isOk()) {
      String version = answer.etag().orElseThrow();
      versions.put(object, version);
      call.ok(Map.of("version", version));
    } else if (answer.effect() == NodeClient.Effect.NONE) {
      call.failed(answer.summary());
    } else if (answer.status() == 412 || (name.equals("delete") && answer.status() == 404)) {
      versions.remove(object);
      call.refused(Map.of("why", answer.summary()));
    } else {
      call.unknown(answer.summary());
    }
  }

  @Override
  public List<String> judge(List<Operation> history, Checker checker) {
    return checker.check(new RegisterModel(), history).stream()
        .filter(verdict -> !verdict.isOk())
        .map(Verdict::toString)
        .toList();
  }
}

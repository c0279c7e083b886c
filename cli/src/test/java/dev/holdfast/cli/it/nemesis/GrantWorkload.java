// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it.nemesis;

import dev.holdfast.core.session.SessionAlias;
import dev.holdfast.testkit.history.Checker;
import dev.holdfast.testkit.history.History;
import dev.holdfast.testkit.history.LockModel;
import dev.holdfast.testkit.history.Model;
import dev.holdfast.testkit.history.Operation;
import dev.holdfast.testkit.history.SemaphoreModel;
import dev.holdfast.testkit.history.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Sessions and a lock over REST: opened, renewed, closed or abandoned; acquired with and without a
 * wait, looked at, released. One lock, so that its history has all that concerns it.
 */
final class GrantWorkload implements Workload {
  private static final int TTL_MILLIS = 3_000;
  private static final int THINK_MILLIS = 60;
  private static final int PERMITS_MAX = 2;

  private final String name;
  private final boolean semaphore;

  /** Alias → session: what others see of a session is its alias. */
  private final Map<String, String> sessions = new ConcurrentHashMap<>();

  private GrantWorkload(String name, boolean semaphore) {
    this.name = name;
    this.semaphore = semaphore;
  }

  static GrantWorkload lock() {
    return new GrantWorkload("lock", false);
  }

  static GrantWorkload semaphore() {
    return new GrantWorkload("semaphore", true);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int clients() {
    return 4;
  }

  @Override
  public void run(Client client) throws InterruptedException {
    try (NodeClient node = new NodeClient(client.nodes())) {
      Calls calls = new Calls(client, node);
      @Nullable String session = null;
      for (int i = 0; !client.stopped().getAsBoolean(); i++) {
        if (session == null) {
          session = calls.open();
        } else {
          session = use(calls, client, session, "h" + i);
        }
        client.think(THINK_MILLIS);
      }
      if (session != null) {
        calls.close(session);
      }
    }
  }

  /** Returns the session to go on with. */
  private static @Nullable String use(Calls calls, Client client, String session, String holder)
      throws InterruptedException {
    if (!calls.keepAlive(session)) {
      return null;
    }
    int chance = client.random().nextInt(100);
    if (chance < 3) {
      return null; // abandoned: nobody renews it any more
    }
    if (chance < 6) {
      calls.close(session);
      return calls.keepAlive(session) ? session : null;
    }
    if (chance < 25) {
      calls.view();
      return session;
    }
    String why = calls.acquire(session, holder, chance < 60 ? 0 : 400);
    if (why.isEmpty()) {
      client.think(THINK_MILLIS);
      if (chance % 3 == 0) {
        calls.view();
      }
      if (!calls.keepAlive(session)) {
        return null;
      }
    }
    if (why.isEmpty() || why.equals("unknown")) {
      calls.release(session, holder);
    }
    return why.equals("gone") ? null : session;
  }

  @Override
  public void readAtTheEnd(Client client) throws InterruptedException {
    try (NodeClient node = new NodeClient(client.nodes())) {
      new Calls(client, node).view();
    }
  }

  @Override
  public List<String> judge(List<Operation> history, Checker checker) {
    Model<?> model = semaphore ? new SemaphoreModel(PERMITS_MAX, 1) : new LockModel();
    return checker.check(model, history).stream()
        .filter(verdict -> !verdict.isOk())
        .map(Verdict::toString)
        .toList();
  }

  /** Single requests, recorded. */
  private final class Calls {
    private final Client client;
    private final NodeClient node;
    private final String object = name + "/l";

    Calls(Client client, NodeClient node) {
      this.client = client;
      this.node = node;
    }

    private History.Call begin(String operation, Map<String, String> input) {
      return client.history().call(client.name(), object, operation, input);
    }

    @Nullable String open() throws InterruptedException {
      History.Call call = begin("open", Map.of("ttlMillis", "" + TTL_MILLIS));
      NodeClient.Answer answer =
          node.send("POST", "/v1/sessions", "{\"ttl\":\"" + TTL_MILLIS + "ms\"}", JSON_BODY);
      if (!answer.isOk()) {
        end(call, answer);
        return null;
      }
      String session = answer.json().path("session").asString();
      sessions.put(SessionAlias.of(session), session);
      call.ok(Map.of("session", session));
      return session;
    }

    /** False when it has ended. */
    boolean keepAlive(String session) throws InterruptedException {
      History.Call call =
          begin("keepAlive", Map.of("session", session, "ttlMillis", "" + TTL_MILLIS));
      NodeClient.Answer answer = node.send("POST", "/v1/sessions/" + session + "/keepalive", "");
      return !end(call, answer).equals("gone");
    }

    void close(String session) throws InterruptedException {
      History.Call call = begin("close", Map.of("session", session));
      var _ = end(call, node.send("DELETE", "/v1/sessions/" + session, ""));
    }

    /** Empty when it was granted; else why not. */
    String acquire(String session, String holder, int waitMillis) throws InterruptedException {
      History.Call call = begin("acquire", owner(session, holder));
      String body =
          "{\"session\":\"%s\",\"holder\":\"%s\",\"wait\":\"%dms\"%s}"
              .formatted(
                  session,
                  holder,
                  waitMillis,
                  semaphore ? ",\"mode\":\"permits:1/" + PERMITS_MAX + "\"" : "");
      NodeClient.Answer answer = node.send("POST", "/v1/locks/" + object, body, JSON_BODY);
      if (answer.isOk()) {
        call.ok(Map.of("token", answer.json().path("token").asString()));
        return "";
      }
      return end(call, answer);
    }

    void release(String session, String holder) throws InterruptedException {
      History.Call call = begin("release", owner(session, holder));
      String query = "?session=" + session + "&holder=" + holder;
      var _ = end(call, node.send("DELETE", "/v1/locks/" + object + query, ""));
    }

    private Map<String, String> owner(String session, String holder) {
      Map<String, String> owner = new HashMap<>(Map.of("session", session, "holder", holder));
      if (semaphore) {
        owner.put("permits", "1");
      }
      return owner;
    }

    void view() throws InterruptedException {
      History.Call call = begin("view", Map.of());
      NodeClient.Answer answer = node.send("GET", "/v1/locks/" + object, "");
      if (!answer.isOk()) {
        call.failed(answer.summary());
        return;
      }
      JsonNode holders = answer.json().path("holders");
      if (semaphore) {
        List<String> owners = new ArrayList<>();
        holders.forEach(it -> owners.add(session(it) + "/" + it.path("holder").asString()));
        call.ok(Map.of("owners", String.join(",", owners)));
      } else if (holders.isEmpty()) {
        call.ok(Map.of());
      } else {
        JsonNode holder = holders.get(0);
        call.ok(
            Map.of(
                "session", session(holder),
                "holder", holder.path("holder").asString(),
                "token", holder.path("token").asString()));
      }
    }

    /** Of a holder in a list; its alias when no client here knows it. */
    private String session(JsonNode holder) {
      String alias = holder.path("session").asString();
      return sessions.getOrDefault(alias, alias);
    }

    private static final String[] JSON_BODY = {"Content-Type", "application/json"};

    private static String end(History.Call call, NodeClient.Answer answer) {
      if (answer.isOk()) {
        call.ok(Map.of());
        return "";
      }
      String why =
          switch (answer.code()) {
            case "SESSION_NOT_FOUND" -> "gone";
            case "LOCK_HELD" -> "held";
            case "NOT_HELD" -> "notHeld";
            default -> "";
          };
      if (!why.isEmpty()) {
        call.refused(Map.of("why", why));
        return why;
      }
      if (answer.effect() == NodeClient.Effect.NONE) {
        call.failed(answer.summary());
        return "failed";
      }
      call.unknown(answer.summary());
      return "unknown";
    }
  }
}

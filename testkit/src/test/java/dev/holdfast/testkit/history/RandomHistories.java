// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Histories of services that are right, made from a seed: each operation takes effect at one
 * moment, and was called some time before and answered some time after it.
 */
final class RandomHistories {
  static final int TTL_MILLIS = 1_000;

  private static final int STEP_MILLIS = 10;
  private static final int DELAY_MAX_MILLIS = 12;

  private final Random random;
  private final List<Operation> operations = new ArrayList<>();
  private long nowMillis = 10_000;

  RandomHistories(long seed) {
    this.random = new Random(seed);
  }

  List<Operation> operations() {
    return List.copyOf(operations);
  }

  /** After all that was answered. */
  long later() {
    nowMillis += 2 * DELAY_MAX_MILLIS;
    return nowMillis;
  }

  /** Returns when it was answered. */
  private long add(
      String name, Map<String, String> input, Outcome outcome, Map<String, String> output) {
    long call = nowMillis - random.nextInt(DELAY_MAX_MILLIS);
    long returned = nowMillis + random.nextInt(DELAY_MAX_MILLIS);
    operations.add(
        new Operation(
            "p",
            "o",
            name,
            input,
            TimeUnit.MILLISECONDS.toNanos(call),
            outcome == Outcome.UNKNOWN ? Operation.OPEN : TimeUnit.MILLISECONDS.toNanos(returned),
            outcome,
            outcome == Outcome.UNKNOWN ? Map.of() : output));
    return outcome == Outcome.UNKNOWN ? Long.MAX_VALUE : returned;
  }

  RandomHistories register(int count) {
    String value = "";
    int version = 0;
    long knownSince = 0;
    for (int i = 0; i < count; i++, nowMillis += random.nextInt(STEP_MILLIS)) {
      boolean answered = random.nextInt(30) > 0;
      boolean works = answered || random.nextBoolean();
      Outcome done = answered ? Outcome.OK : Outcome.UNKNOWN;
      String next = "v" + i;
      Map<String, String> told = Map.of("version", Integer.toString(version + 1));
      int what = random.nextInt(value.isEmpty() ? 2 : 4);
      // Nobody expects a version that nobody was told.
      boolean isKnown = knownSince < nowMillis - DELAY_MAX_MILLIS;
      if (what == 0 || (what == 2 && isKnown)) {
        Map<String, String> input =
            what == 0
                ? Map.of("value", next)
                : Map.of("ifVersion", Integer.toString(version), "value", next);
        long returned = add(what == 0 ? "write" : "cas", input, done, told);
        if (works) {
          value = next;
          version++;
          knownSince = returned;
        }
      } else if (what == 3) {
        Map<String, String> input = Map.of("ifVersion", "x", "value", next);
        var _ = add("cas", input, Outcome.REFUSED, Map.of());
      } else {
        Map<String, String> seen = Map.of("value", value, "version", Integer.toString(version));
        Outcome found = value.isEmpty() ? Outcome.REFUSED : Outcome.OK;
        knownSince = Math.min(knownSince, add("read", Map.of(), found, seen));
      }
    }
    return this;
  }

  RandomHistories lock(int count, int clients) {
    Map<Integer, Client> all = new TreeMap<>();
    Client holder = null;
    long token = 0;
    for (int i = 0; i < count; i++, nowMillis += random.nextInt(4 * STEP_MILLIS)) {
      int place = random.nextInt(clients);
      Client client = all.get(place);
      if (client == null) {
        client = new Client("s" + i, nowMillis + TTL_MILLIS);
        all.put(place, client);
        var _ = add("open", ttl(), Outcome.OK, Map.of("session", client.session));
        continue;
      }
      if (nowMillis >= client.end) {
        all.remove(place);
        var _ = add("keepAlive", client.named(), Outcome.REFUSED, Map.of());
        holder = holder == client ? null : holder;
        continue;
      }
      if (holder != null && nowMillis >= holder.end) {
        all.values().remove(holder);
        holder = null;
      }
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          var _ = add("keepAlive", client.named(), Outcome.OK, Map.of());
          client.end = nowMillis + TTL_MILLIS;
        }
        case 2, 3 -> {
          if (holder == null || holder == client) {
            token += holder == null ? 1 + random.nextInt(3) : 0;
            holder = client;
            var _ =
                add("acquire", client.named(), Outcome.OK, Map.of("token", Long.toString(token)));
          } else {
            var _ = add("acquire", client.named(), Outcome.REFUSED, Map.of("why", "held"));
          }
        }
        case 4 -> {
          boolean own = holder == client;
          boolean answered = random.nextInt(8) > 0;
          Outcome done = !answered ? Outcome.UNKNOWN : own ? Outcome.OK : Outcome.REFUSED;
          var _ = add("release", client.named(), done, own ? Map.of() : Map.of("why", "notHeld"));
          holder = own ? null : holder;
        }
        default -> {
          Map<String, String> seen =
              holder == null
                  ? Map.of()
                  : Map.of("session", holder.session, "holder", "h", "token", Long.toString(token));
          var _ = add("view", Map.of(), Outcome.OK, seen);
        }
      }
    }
    return this;
  }

  private static Map<String, String> ttl() {
    return Map.of("ttlMillis", Integer.toString(TTL_MILLIS));
  }

  private static final class Client {
    final String session;
    long end;

    Client(String session, long end) {
      this.session = session;
      this.end = end;
    }

    Map<String, String> named() {
      return Map.of("session", session, "holder", "h", "ttlMillis", Integer.toString(TTL_MILLIS));
    }
  }
}

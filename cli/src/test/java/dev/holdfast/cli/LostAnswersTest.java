// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.ClientConfig;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.NotFoundException;
import dev.holdfast.client.ObjectReader;
import dev.holdfast.client.OutcomeUnknownException;
import dev.holdfast.client.RefusedException;
import dev.holdfast.client.UnavailableException;
import dev.holdfast.client.WriteOptions;
import dev.holdfast.testkit.history.Checker;
import dev.holdfast.testkit.history.History;
import dev.holdfast.testkit.history.Operation;
import dev.holdfast.testkit.history.RegisterModel;
import dev.holdfast.testkit.history.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One key, three clients, one of them the shell, and a network that loses answers and delivers
 * requests late: what a client was told is true, and what another one wrote is never undone.
 */
final class LostAnswersTest {
  private static final String KEY = "k";

  /** {@code testkit/long/lost-answers} does 2,000. */
  private static final int OPERATIONS = Integer.getInteger("holdfast.lostAnswers.operations", 300);

  private static final int CLIENTS = 3;

  @TempDir private Path folder = Path.of("");

  private final History history = new History(System::nanoTime);

  @Test
  void writesAreLinearizableThoughAnswersAreLost() throws Exception {
    long seed = Long.getLong("holdfast.lostAnswers.seed", 20_261);
    List<LossyProxy> proxies = new ArrayList<>();
    try (NodesInProcess nodes = new NodesInProcess(folder, 3)) {
      for (String api : nodes.apis()) {
        proxies.add(new LossyProxy(api, seed + proxies.size()));
      }
      run(proxies, seed);
      proxies.forEach(LossyProxy::heal);
      try (Holdfast holdfast = connect(proxies, new Random(seed))) {
        read(holdfast, "the end");
      }
    } finally {
      for (LossyProxy proxy : proxies) {
        proxy.close();
      }
    }

    List<Operation> operations = history.operations();
    assertThat(proxies.stream().mapToInt(LossyProxy::faults).sum()).isGreaterThan(OPERATIONS / 20);
    long unknown = operations.stream().filter(Operation::isUnknown).count();
    assertThat(unknown).as("unknown outcomes").isLessThan(OPERATIONS / 4);
    List<String> wrong =
        new Checker(Duration.ofMinutes(1))
            .check(new RegisterModel(), operations).stream()
                .filter(verdict -> !verdict.isOk())
                .map(Verdict::toString)
                .toList();
    assertThat(wrong).as("seed %d", seed).isEmpty();
  }

  private void run(List<LossyProxy> proxies, long seed) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Random random = new Random(seed + 100 + i);
        String name = "c" + i;
        boolean shell = i == 0;
        clients.add(
            threads.submit(() -> {
              if (shell) {
                shell(proxies, name, random);
              } else {
                java(proxies, name, random);
              }
            }));
      }
      for (Future<?> client : clients) {
        client.get();
      }
    }
  }

  private static String servers(List<LossyProxy> proxies, Random random) {
    List<LossyProxy> mixed = new ArrayList<>(proxies);
    Collections.shuffle(mixed, random);
    return mixed.stream().map(LossyProxy::url).collect(Collectors.joining(","));
  }

  private static Holdfast connect(List<LossyProxy> proxies, Random random) {
    return Holdfast.connect(
        ClientConfig.of(servers(proxies, random)).withRequestTimeout(Duration.ofSeconds(30)));
  }

  // ---- The Java client ----

  private void java(List<LossyProxy> proxies, String name, Random random) {
    try (Holdfast holdfast = connect(proxies, random)) {
      String version = "";
      for (int i = 0; i < OPERATIONS / CLIENTS; i++) {
        Map<String, String> value = Map.of("value", name + "-" + i);
        int what = random.nextInt(100);
        if (what < 25) {
          version = read(holdfast, name);
        } else if (what < 55) {
          version = write(holdfast, name, "write", value, WriteOptions.NONE);
        } else if (what < 70) {
          version = write(holdfast, name, "create", value, WriteOptions.NONE.onlyIfAbsent());
        } else if (what < 80 && !version.isEmpty()) {
          Map<String, String> input = Map.of("value", name + "-" + i, "ifVersion", version);
          version = write(holdfast, name, "cas", input, WriteOptions.NONE.ifMatch(version));
        } else {
          delete(holdfast, name);
        }
      }
    }
  }

  private String read(Holdfast holdfast, String name) {
    History.Call call = history.call(name, KEY, "read", Map.of());
    try (ObjectReader reader = holdfast.objects().get(KEY)) {
      String value = new String(reader.readAll(), UTF_8);
      call.ok(Map.of("value", value, "version", reader.head().version()));
      return reader.head().version();
    } catch (NotFoundException e) {
      call.refused(Map.of());
    } catch (UnavailableException | IOException e) {
      call.failed(String.valueOf(e.getMessage()));
    }
    return "";
  }

  private String write(
      Holdfast holdfast,
      String name,
      String what,
      Map<String, String> input,
      WriteOptions options) {
    History.Call call = history.call(name, KEY, what, input);
    try {
      byte[] bytes = input.getOrDefault("value", "").getBytes(UTF_8);
      String version = holdfast.objects().put(KEY, bytes, options).version();
      call.ok(Map.of("version", version));
      return version;
    } catch (RefusedException e) {
      if (e.code().equals("PRECONDITION_FAILED")) {
        call.refused(Map.of());
      } else {
        call.failed(String.valueOf(e.getMessage()));
      }
    } catch (OutcomeUnknownException e) {
      call.unknown(String.valueOf(e.getMessage()));
    } catch (UnavailableException e) {
      call.failed(String.valueOf(e.getMessage()));
    }
    return "";
  }

  private void delete(Holdfast holdfast, String name) {
    History.Call call = history.call(name, KEY, "delete", Map.of());
    try {
      holdfast.objects().delete(KEY);
      call.ok(Map.of());
    } catch (NotFoundException e) {
      call.refused(Map.of());
    } catch (OutcomeUnknownException e) {
      call.unknown(String.valueOf(e.getMessage()));
    } catch (UnavailableException | RefusedException e) {
      call.failed(String.valueOf(e.getMessage()));
    }
  }

  // ---- The shell ----

  private void shell(List<LossyProxy> proxies, String name, Random random) {
    String servers = servers(proxies, random);
    for (int i = 0; i < OPERATIONS / CLIENTS; i++) {
      String value = name + "-" + i;
      int what = random.nextInt(100);
      if (what < 30) {
        History.Call call = history.call(name, KEY, "read", Map.of());
        Shell.Result got = shell("", servers, "get", KEY, "-");
        end(call, got, Map.of("value", got.out()));
      } else if (what < 75) {
        History.Call call = history.call(name, KEY, "write", Map.of("value", value));
        end(call, shell(value, servers, "put", "-", KEY), Map.of());
      } else {
        History.Call call = history.call(name, KEY, "delete", Map.of());
        end(call, shell("", servers, "rm", KEY), Map.of());
      }
    }
  }

  private Shell.Result shell(String input, String servers, String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("--server", servers, "--patience", "30s"));
    return Shell.in(folder).runWith(input, all.toArray(new String[0]));
  }

  private static void end(History.Call call, Shell.Result result, Map<String, String> answer) {
    switch (result.exitCode()) {
      case 0 -> call.ok(answer);
      case 3 -> call.refused(Map.of());
      case 6 -> call.unknown(result.err());
      default -> call.failed(result.err());
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.client.Hold;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.ObjectReader;
import dev.holdfast.client.WriteOptions;
import dev.holdfast.testkit.Await;
import dev.holdfast.testkit.cluster.LocalCluster;
import dev.holdfast.testkit.junit.HoldfastCluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** A holder that stands still for longer than its TTL and does not know it. */
@HoldfastCluster
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Isolated
final class PausedHolderIT {
  private static final long SOON_SECONDS = 20;

  private final String servers;
  private final URI node;
  private final Path home;

  PausedHolderIT(LocalCluster cluster) {
    this.servers = cluster.apiUris().stream().map(URI::toString).collect(Collectors.joining(","));
    this.node = cluster.node(0).apiUri();
    this.home = cluster.home();
  }

  @Test
  void tellsAJavaProgramOfItsLossBeforeItActsAndRefusesItsLateWrite() throws Exception {
    Process holder = startHolder("paused/java");
    try (Holdfast holdfast = Holdfast.connect(servers);
        BufferedReader output = holder.inputReader(StandardCharsets.UTF_8);
        Writer input = holder.outputWriter(StandardCharsets.UTF_8)) {
      long token = Long.parseLong(Objects.requireNonNull(output.readLine()));
      act(input);
      assertThat(output.readLine()).isEqualTo("true HELD");
      assertThat(output.readLine()).isEqualTo("written");

      Hold next = holdfast.locks().lock("paused/java").request();
      signal("STOP", holder.toHandle());
      next.granted().get(SOON_SECONDS, TimeUnit.SECONDS);
      assertThat(next.token()).isGreaterThan(token);
      act(input); // The first thing that it does when it goes on.
      signal("CONT", holder.toHandle());

      assertThat(output.readLine()).isEqualTo("false LOST");
      assertThat(output.readLine()).isEqualTo("412 FENCED");
      holdfast
          .objects()
          .put("paused/java", new byte[] {'n'}, WriteOptions.NONE.fence(next.fence()));
      try (ObjectReader reader = holdfast.objects().get("paused/java")) {
        assertThat(reader.readAll()).containsExactly('n');
      }
    } finally {
      holder.destroyForcibly();
    }
  }

  private Process startHolder(String name) throws IOException {
    Path classes =
        Path.of(PausedHolder.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-cp",
            home.resolve("lib") + "/*:" + classes,
            PausedHolder.class.getName(),
            servers,
            name,
            "3000",
            name)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void act(Writer input) throws IOException {
    input.write("act\n");
    input.flush();
  }

  @Test
  void stopsTheCommandOfTheShellWithExitCodeSeven(@TempDir Path folder) throws Exception {
    Path tokenFile = folder.resolve("token");
    String script =
        "echo $HOLDFAST_TOKEN >"
            + tokenFile
            + ".part; mv "
            + tokenFile
            + ".part "
            + tokenFile
            + "; exec sleep 600";
    Process cli =
        new ProcessBuilder(
                home.resolve("bin/holdfast").toString(),
                "lock",
                "paused/shell",
                "--ttl",
                "3s",
                "--server",
                servers,
                "--",
                "sh",
                "-c",
                script)
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile())
            .start();
    try (Holdfast holdfast = Holdfast.connect(servers);
        LockCalls rest = new LockCalls()) {
      Await.until(Duration.ofSeconds(SOON_SECONDS), "a token", () -> Files.exists(tokenFile));
      long token = Long.parseLong(Files.readString(tokenFile).strip());
      // Not before: the script's mv may still be there, and gone when it is signalled.
      Await.until(
          Duration.ofSeconds(SOON_SECONDS),
          "the script has become its last command",
          () -> cli.descendants().map(PausedHolderIT::program).toList().equals(List.of("sleep")));
      List<ProcessHandle> commands = cli.descendants().toList();

      Hold next = holdfast.locks().lock("paused/shell").request();
      ProcessHandle[] all =
          Stream.concat(Stream.of(cli.toHandle()), commands.stream()).toArray(ProcessHandle[]::new);
      signal("STOP", all);
      next.granted().get(SOON_SECONDS, TimeUnit.SECONDS);
      assertThat(next.token()).isGreaterThan(token);
      signal("CONT", all);

      assertThat(cli.waitFor(SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(cli.exitValue()).as(Files.readString(folder.resolve("err"))).isEqualTo(7);
      assertThat(commands).noneMatch(ProcessHandle::isAlive);
      LockCalls.Answer late =
          rest.call(
              node,
              "PUT",
              "/v1/objects/paused/shell",
              "late",
              "Holdfast-Fence",
              "paused/shell;" + token);
      assertThat(late.status()).as(late.body()).isEqualTo(412);
      assertThat(late.hasCode("FENCED")).as(late.body()).isTrue();
    } finally {
      cli.descendants().forEach(ProcessHandle::destroyForcibly);
      cli.destroyForcibly();
    }
  }

  private static String program(ProcessHandle process) {
    return Path.of(process.info().command().orElse("")).getFileName().toString();
  }

  private static void signal(String name, ProcessHandle... processes) throws Exception {
    for (ProcessHandle process : processes) {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
      assertThat(kill.waitFor()).isZero();
    }
  }
}

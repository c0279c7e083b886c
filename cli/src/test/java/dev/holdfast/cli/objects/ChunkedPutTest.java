// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.NodesInProcess;
import dev.holdfast.cli.Shell;
import dev.holdfast.client.rest.RequestBody;
import dev.holdfast.client.rest.RestClient;
import dev.holdfast.client.rest.RestRequest;
import dev.holdfast.client.rest.ServerAddress;
import dev.holdfast.protocol.UploadBodies;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large files against real nodes: what is sent, and what is not. */
@Timeout(180)
final class ChunkedPutTest {
  private static final int MIB = 1 << 20;
  private static final String NAME = "ü 100% 'a'\n#?.bin";

  @TempDir private Path folder = Path.of("");
  private String servers = "";

  @Test
  void sendsWhatTheClusterLacksAndGoesOnWithWhatBrokeOff() throws Exception {
    byte[] bytes = new byte[17 * MIB + 5];
    new Random(1).nextBytes(bytes);
    Path file = folder.resolve(NAME);
    try (NodesInProcess nodes = new NodesInProcess(folder.resolve("nodes"), 3)) {
      servers = String.join(",", nodes.apis());

      Files.write(file, bytes);
      Shell.Result first = run("put", NAME, "k/");
      assertThat(first.exitCode()).as(first.err()).isZero();
      assertThat(first.out()).contains("confirmed");
      assertThat(first.err()).isEmpty();

      bytes[5 * MIB + 1]++;
      Files.write(file, bytes);
      Shell.Result changed = run("put", NAME, "k/");
      assertThat(changed.exitCode()).as(changed.err()).isZero();
      assertThat(changed.err()).contains("sent 1.0 MiB of 17 MiB");
      assertIs(bytes, "k/" + NAME);

      new Random(2).nextBytes(bytes);
      Files.write(file, bytes);
      breaksOff("k/" + NAME, bytes, 4);
      nodes.stop(0);
      Shell.Result goesOn = run("put", NAME, "k/");
      assertThat(goesOn.exitCode()).as(goesOn.err()).isZero();
      assertThat(goesOn.err()).contains("sent 13 MiB of 17 MiB");
      assertIs(bytes, "k/" + NAME);
      assertThat(unfinished()).isEmpty();
    }
  }

  private void assertIs(byte[] bytes, String key) throws Exception {
    Path copy = folder.resolve("copy");
    Shell.Result got = run("get", key, copy.toString());
    assertThat(got.exitCode()).as(got.err()).isZero();
    assertThat(Arrays.equals(Files.readAllBytes(copy), bytes)).isTrue();
    Files.delete(copy);
  }

  /** As a command that is ended by Ctrl-C. */
  private void breaksOff(String key, byte[] bytes, int chunks) {
    try (RestClient rest = rest()) {
      String sum = sum(bytes);
      UploadBodies.Info upload =
          rest.read(
              RestRequest.of("POST", "/v1/uploads")
                  .json(new UploadBodies.Create(key, (long) bytes.length, sum)),
              UploadBodies.Info.class);
      for (int i = 0; i < chunks; i++) {
        byte[] chunk = Arrays.copyOfRange(bytes, i * MIB, (i + 1) * MIB);
        String target = "/v1/chunks/" + sum(chunk) + "?upload=" + upload.id();
        rest.done(RestRequest.of("PUT", target).body(RequestBody.of(chunk)));
      }
    }
  }

  private List<UploadBodies.Info> unfinished() {
    try (RestClient rest = rest()) {
      return rest.read(RestRequest.of("GET", "/v1/uploads"), UploadBodies.Page.class).uploads();
    }
  }

  private RestClient rest() {
    List<ServerAddress> addresses =
        Arrays.stream(servers.split(",")).map(ServerAddress::parse).toList();
    return new RestClient(addresses, Duration.ofSeconds(30), System::nanoTime);
  }

  private static String sum(byte[] bytes) {
    return java.util.HexFormat.of().formatHex(Content.newDigest().digest(bytes));
  }

  private Shell.Result run(String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("--server", servers));
    return Shell.in(folder).run(all.toArray(new String[0]));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.Shell;
import dev.holdfast.cli.terminal.Terminal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class UpTest {
  private static final int BASE = 17_800;

  @TempDir private Path folder = Path.of("");

  @AfterEach
  void down() {
    Shell.in(folder).run("down");
  }

  private Shell.Result up(NodeProgram program, String... more) {
    List<String> line =
        new ArrayList<>(List.of("up", "--detach", "--json", "--port", Integer.toString(BASE)));
    line.addAll(List.of(more));
    return new Shell(folder, program).run(line.toArray(String[]::new));
  }

  @Test
  void startsShowsAndStops() throws IOException {
    Shell.Result up = up(FakeNode.program(), "--nodes", "2");

    assertThat(up.exitCode()).as(up.err()).isZero();
    JsonNode nodes = Terminal.JSON.readTree(up.out()).path("nodes");
    assertThat(nodes.size()).isEqualTo(2);
    assertThat(nodes.path(1).path("api").asString("")).isEqualTo("http://127.0.0.1:17810");
    assertThat(nodes.path(1).path("peer").asString("")).isEqualTo("127.0.0.1:17811");
    assertThat(nodes.path(0).path("role").asString("")).isEqualTo("leader");
    assertThat(Files.getPosixFilePermissions(folder.resolve(".holdfast/secret")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    List<Long> pids =
        Stream.of(nodes.path(0), nodes.path(1)).map(node -> node.path("pid").asLong()).toList();
    assertThat(pids).allMatch(pid -> ProcessHandle.of(pid).isPresent());
    for (long pid : pids) {
      assertThat(descriptorsBeside(pid)).isEmpty();
    }

    Shell.Result second = up(FakeNode.program());
    assertThat(second.exitCode()).isEqualTo(4);
    assertThat(second.err()).contains("runs on").contains("holdfast down");

    Shell.Result down = Shell.in(folder).run("down", "--json");
    assertThat(Terminal.JSON.readTree(down.out()).path("stopped").size()).isEqualTo(2);
    assertThat(pids)
        .noneMatch(pid -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent());
  }

  /** Descriptors 0 to 2 that are neither the log nor /dev/null: inherited ones. */
  private List<Path> descriptorsBeside(long pid) throws IOException {
    List<Path> inherited = new ArrayList<>();
    for (int number = 0; number <= 2; number++) {
      Path open = Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/" + number));
      if (!open.startsWith(folder.toRealPath()) && !open.equals(Path.of("/dev/null"))) {
        inherited.add(open);
      }
    }
    return inherited;
  }

  @Test
  void nodeThatDiesAtItsStartIsNamedWithItsLastWordsAndNothingIsLeft() throws IOException {
    Shell.Result up = up(FakeNode.program("die-n2"), "--nodes", "3");

    assertThat(up.exitCode()).isEqualTo(5);
    assertThat(up.out()).isEmpty();
    assertThat(up.err())
        .contains("n2")
        .contains("is on fire")
        .contains("logs/n2.log")
        .contains("70");
    try (ServerSocket free = new ServerSocket(BASE, 1, InetAddress.getLoopbackAddress())) {
      assertThat(free.isBound()).isTrue();
    }
    assertThat(folder.resolve(".holdfast/run.json")).doesNotExist();
  }

  @Test
  void nodeThatIsNeverReadyIsNamed() {
    Shell.Result up = up(FakeNode.program("hang-n1"), "--nodes", "1", "--timeout", "2s");

    assertThat(up.exitCode()).isEqualTo(5);
    assertThat(up.err()).contains("n1 is not ready");
  }

  @Test
  void portInUseIsNamedBeforeAnythingStarts() throws IOException {
    try (ServerSocket taken = new ServerSocket(BASE + 11, 1, InetAddress.getLoopbackAddress())) {
      Shell.Result up = up(FakeNode.program());

      assertThat(up.exitCode()).isEqualTo(4);
      assertThat(up.err()).contains(taken.getLocalPort() + " (peer of n2)");
      assertThat(folder.resolve(".holdfast")).doesNotExist();
    }
  }

  @Test
  void foreignFolderIsRefusedAndLeftAsItIs() throws IOException {
    Path foreign = Files.createDirectory(folder.resolve("photos"));
    Files.writeString(foreign.resolve("cat.jpg"), "cat");

    Shell.Result up = up(FakeNode.program(), "--data", foreign.toString(), "--fresh");

    assertThat(up.exitCode()).isEqualTo(4);
    assertThat(up.err()).contains(foreign.toString());
    assertThat(foreign.toFile().list()).containsExactly("cat.jpg");
  }

  @Test
  void fewerNodesThanTheFolderHoldsAreRefused() {
    assertThat(up(FakeNode.program(), "--nodes", "3").exitCode()).isZero();
    Shell.in(folder).run("down");

    Shell.Result up = up(FakeNode.program(), "--nodes", "1");

    assertThat(up.exitCode()).isEqualTo(4);
    assertThat(up.err()).contains("3 nodes").contains("--fresh");
  }

  @Test
  void nodeThatWasRemovedIsLeftOutAndItsPortsMayBeInUse() throws IOException {
    assertThat(up(FakeNode.program(), "--nodes", "3").exitCode()).isZero();
    Shell.in(folder).run("down");
    Path data = Files.createDirectories(folder.resolve(".holdfast/n1"));
    Files.writeString(
        data.resolve("node.json"),
        """
        {"product":"holdfast","format":1,"node":"n1","incarnation":"a","cluster":"c",
         "founders":[],"knownPeers":[],"removedFrom":"c"}
        """);
    try (ServerSocket taken = new ServerSocket(BASE, 1, InetAddress.getLoopbackAddress())) {
      Shell.Result up = up(FakeNode.program());

      assertThat(up.exitCode()).as(up.err()).isZero();
      assertThat(taken.isBound()).isTrue();
      JsonNode nodes = Terminal.JSON.readTree(up.out()).path("nodes");
      assertThat(nodes.valueStream().map(node -> node.path("id").asString("")))
          .containsExactly("n2", "n3");
      assertThat(up.err()).contains("n1 was removed").contains("delete " + data);
    }
  }

  @Test
  void nodeThatLearnsAtItsStartThatItWasRemovedHoldsUpNobody() {
    Shell.Result up = up(FakeNode.program("removed-n3"), "--nodes", "3");

    assertThat(up.exitCode()).as(up.err()).isZero();
    assertThat(Terminal.JSON.readTree(up.out()).path("nodes").size()).isEqualTo(2);
    assertThat(up.err()).contains("n3 was removed");
    assertThat(Shell.in(folder).run("down").out()).contains("n1, n2");
  }

  @Test
  void downNeverStopsAForeignProcessThatHasAnOldPid() throws IOException {
    up(FakeNode.program(), "--nodes", "1");
    Shell.in(folder).run("down");
    Process bystander = new ProcessBuilder("sleep", "60").start();
    try {
      Files.writeString(
          folder.resolve(".holdfast/run.json"),
          "{\"nodes\":[{\"id\":\"n1\",\"process\":{\"pid\":"
              + bystander.pid()
              + ",\"started\":\"another boot/1\"}}]}");

      Shell.Result down = Shell.in(folder).run("down");

      assertThat(down.out()).contains("Nothing runs");
      assertThat(bystander.isAlive()).isTrue();
    } finally {
      bystander.destroyForcibly();
    }
  }

  @Test
  void aRecordThatAPowerLossEmptiedHoldsUpNothing() throws IOException {
    assertThat(up(FakeNode.program(), "--nodes", "1").exitCode()).isZero();
    Shell.in(folder).run("down");
    Path record = folder.resolve(".holdfast/run.json");
    Files.writeString(record, "");

    assertThat(Shell.in(folder).run("down").out()).contains("Nothing runs");
    Files.writeString(record, "{\"nodes\":[");
    assertThat(up(FakeNode.program()).exitCode()).isZero();
    assertThat(Shell.in(folder).run("down").out()).contains("Stopped n1");
  }

  @Test
  void aRecordThatIsDamagedWhileNodesRunIsNamedWithTheWayOut() throws IOException {
    assertThat(up(FakeNode.program(), "--nodes", "1").exitCode()).isZero();
    Path record = folder.resolve(".holdfast/run.json");
    byte[] whole = Files.readAllBytes(record);
    Files.writeString(record, "");
    Path data = Files.createDirectories(folder.resolve(".holdfast/n1"));
    try (var channel =
            java.nio.channels.FileChannel.open(
                data.resolve("node.lock"),
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.WRITE);
        var lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();

      Shell.Result down = Shell.in(folder).run("down");

      assertThat(down.exitCode()).isEqualTo(4);
      assertThat(down.err()).contains(record.toString()).contains("damaged").contains("n1");
    }
    Files.write(record, whole);
  }

  @Test
  void aCopyOfTheFolderStopsNothing() throws Exception {
    assertThat(up(FakeNode.program(), "--nodes", "1").exitCode()).isZero();
    Path copy = folder.resolve("copy");
    Process cp =
        new ProcessBuilder("cp", "-r", folder.resolve(".holdfast").toString(), copy.toString())
            .inheritIO()
            .start();
    assertThat(cp.waitFor()).isZero();

    Shell.Result down = Shell.in(folder).run("down", "--data", "copy");

    assertThat(down.exitCode()).isEqualTo(4);
    assertThat(down.err()).contains("is a copy").contains(folder.resolve(".holdfast").toString());
    Path moved = folder.resolve("moved");
    Files.move(folder.resolve(".holdfast"), moved);
    assertThat(Shell.in(folder).run("down", "--data", "moved").out()).contains("Stopped n1");
  }

  @Test
  void startsWhatIsMissingAndLeavesTheOthersAlone() throws Exception {
    JsonNode nodes =
        Terminal.JSON.readTree(up(FakeNode.program(), "--nodes", "3").out()).path("nodes");
    ProcessHandle second = ProcessHandle.of(nodes.path(1).path("pid").asLong()).orElseThrow();
    second.destroyForcibly();
    second.onExit().get();

    Shell.Result again = up(FakeNode.program());

    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.err()).contains("starting 1 nodes").contains("n1, n3 run already");
    JsonNode now = Terminal.JSON.readTree(again.out()).path("nodes");
    assertThat(now.size()).isEqualTo(3);
    assertThat(now.path(0).path("pid").asLong()).isEqualTo(nodes.path(0).path("pid").asLong());
    assertThat(now.path(1).path("pid").asLong()).isNotEqualTo(second.pid());
    assertThat(Shell.in(folder).run("down").out()).contains("n1, n3, n2");
  }

  @Test
  void whatCannotBeAddedStopsNoneOfThoseThatRun() throws Exception {
    JsonNode nodes =
        Terminal.JSON.readTree(up(FakeNode.program(), "--nodes", "2").out()).path("nodes");
    ProcessHandle second = ProcessHandle.of(nodes.path(1).path("pid").asLong()).orElseThrow();
    second.destroyForcibly();
    second.onExit().get();

    assertThat(up(FakeNode.program("die-n2")).exitCode()).isEqualTo(5);

    assertThat(ProcessHandle.of(nodes.path(0).path("pid").asLong())).isPresent();
    assertThat(Shell.in(folder).run("down").out()).contains("Stopped n1.");
  }

  @Test
  void labelsAndSettingsReachTheNodesAndAreKept() throws IOException {
    String[] given = {
      "--nodes", "2", "--label", "zone=a", "--label", "n2:zone=b", "--set", "log.level=debug"
    };
    assertThat(up(FakeNode.program(), given).exitCode()).isZero();
    Shell.in(folder).run("down");
    assertThat(up(FakeNode.program()).exitCode()).isZero();

    assertThat(folder.resolve(".holdfast/logs/n1.log"))
        .content()
        .contains("--labels, zone=a")
        .contains("--set, log.level=debug");
    assertThat(folder.resolve(".holdfast/logs/n2.log")).content().contains("--labels, zone=b");
    assertThat(up(FakeNode.program(), "--set", "node.api=h:1").err()).contains("its own node.api");
    assertThat(up(FakeNode.program(), "--label", "n9:a=b").exitCode()).isEqualTo(2);
    assertThat(up(FakeNode.program(), "--nodes", "0").exitCode()).isEqualTo(2);
  }

  @Test
  void saysWhatWorksWhenPasted() {
    Shell.Result up =
        new Shell(folder, FakeNode.program())
            .run(
                "up",
                "--detach",
                "--port",
                Integer.toString(BASE),
                "--nodes",
                "1",
                "--data",
                "a b");

    assertThat(up.out())
        .contains("  date | ./holdfast put - docs/date --server http://127.0.0.1:17800\n")
        .contains("Stop it: ./holdfast down --data 'a b'\n");
    assertThat(Shell.in(folder).run("down", "--data", "a b").exitCode()).isZero();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.FakeCluster;
import dev.holdfast.cli.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FolderTest {
  private static final Instant LONG_AGO = Instant.parse("2001-02-03T04:05:06.123456789Z");

  @TempDir private Path temp = Path.of("");
  private final FakeCluster cluster;
  private Path source = temp;
  private Path target = temp;

  FolderTest() throws IOException {
    cluster = new FakeCluster();
  }

  @BeforeEach
  void folders() throws IOException {
    source = Files.createDirectory(temp.resolve("source"));
    target = temp.resolve("target");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Shell.Result put(String... more) {
    return run(new String[] {"put", source.toString(), "p/q"}, more);
  }

  private Shell.Result get() {
    return run(new String[] {"get", "p/q", target.toString()});
  }

  private Shell.Result run(String[] command, String... more) {
    String[] all = java.util.Arrays.copyOf(command, command.length + more.length + 2);
    System.arraycopy(more, 0, all, command.length, more.length);
    all[all.length - 2] = "--server";
    all[all.length - 1] = cluster.url();
    return Shell.in(temp).run(all);
  }

  @Test
  void provisionalEntriesAreStoredCountedAndMarked() throws IOException {
    Files.writeString(source.resolve("a"), "a");
    put();
    Files.writeString(source.resolve("b"), "b");
    cluster.cutOff();

    Shell.Result put = put();

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(put.out()).contains("stored 2 entries (1 B) under p/q, 1 unchanged, 3 provisional");
    assertThat(put.err()).contains("3 entries are provisional");
    assertThat(run(new String[] {"ls", "-l", "p/q/"}).out()).contains("  provisional  p/q/b");
    Shell.Result keys = run(new String[] {"ls", "p/q/"});
    assertThat(keys.out().lines()).containsExactly("p/q/a", "p/q/b");
    assertThat(keys.err()).contains("2 of these are provisional");
    assertThat(get().exitCode()).isZero();
    assertThat(target.resolve("b")).hasContent("b");
    Shell.Result removed = run(new String[] {"rm", "-r", "p/q"});
    assertThat(removed.exitCode()).isZero();
    assertThat(removed.err()).contains("3 deletions are provisional");
  }

  @Test
  void folderComesBackAsItWas() throws IOException {
    Path script = Files.writeString(source.resolve("run me ü?#%.sh"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-x---"));
    Files.createDirectories(source.resolve("deep/er"));
    Files.createDirectory(source.resolve("empty"));
    Files.write(source.resolve("deep/er/nothing"), new byte[0]);
    Files.createSymbolicLink(source.resolve("deep/link"), Path.of("../run me ü?#%.sh"));
    Files.createSymbolicLink(source.resolve("dangling"), Path.of("not-there"));
    Files.setLastModifiedTime(script, FileTime.from(LONG_AGO));
    Files.setPosixFilePermissions(
        source.resolve("deep"), PosixFilePermissions.fromString("r-xr-xr-x"));
    Files.setLastModifiedTime(source.resolve("deep"), FileTime.from(LONG_AGO));

    Shell.Result put = put();
    Shell.Result get = get();

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(get.exitCode()).as(get.err()).isZero();
    Path back = target.resolve("run me ü?#%.sh");
    assertThat(back).hasContent("#!/bin/sh\n");
    assertThat(Files.getPosixFilePermissions(back))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-x---"));
    assertThat(Files.getLastModifiedTime(back).toInstant()).isEqualTo(LONG_AGO);
    assertThat(Files.getLastModifiedTime(target.resolve("deep")).toInstant()).isEqualTo(LONG_AGO);
    assertThat(Files.getPosixFilePermissions(target.resolve("deep")))
        .isEqualTo(PosixFilePermissions.fromString("r-xr-xr-x"));
    assertThat(target.resolve("empty")).isEmptyDirectory();
    assertThat(target.resolve("deep/er/nothing")).isEmptyFile();
    assertThat(Files.readSymbolicLink(target.resolve("deep/link")))
        .isEqualTo(Path.of("../run me ü?#%.sh"));
    assertThat(Files.readSymbolicLink(target.resolve("dangling"))).isEqualTo(Path.of("not-there"));
  }

  @Test
  void secondPutSendsOnlyWhatChanged() throws IOException {
    Files.writeString(source.resolve("a"), "one");
    Files.writeString(source.resolve("b"), "two");
    put();
    long before = cluster.count("PUT");
    FileTime time = Files.getLastModifiedTime(source.resolve("b"));
    FileTime folderTime = Files.getLastModifiedTime(source);
    Files.writeString(source.resolve("b"), "TWO");
    Files.setLastModifiedTime(source.resolve("b"), time);
    Files.setLastModifiedTime(source, folderTime);

    Shell.Result again = put();

    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(cluster.count("PUT") - before).isEqualTo(1);
    assertThat(again.out()).contains("stored 1 entries").contains("2 unchanged");
  }

  @Test
  void oneLostNodeHidesNothingButTwoMay() {
    cluster.plant("p/q/a", "a", Map.of());
    cluster.loseNodes(2);

    Shell.Result refused = get();
    cluster.loseNodes(1);
    Shell.Result restored = get();

    assertThat(refused.exitCode()).isEqualTo(5);
    assertThat(refused.err()).contains("n1, n2");
    assertThat(restored.exitCode()).as(restored.err()).isZero();
    assertThat(restored.err()).contains("n1");
    assertThat(target.resolve("a")).hasContent("a");
  }

  @Test
  void emptyFolderComesBack() {
    put();

    assertThat(get().exitCode()).isZero();
    assertThat(target).isEmptyDirectory();
  }

  @Test
  void linkOutOfTheFolderIsLeftOutAndNamed() throws IOException {
    Files.writeString(temp.resolve("secret"), "s");
    Files.createSymbolicLink(source.resolve("out"), temp.resolve("secret"));
    Files.writeString(source.resolve("in"), "i");

    Shell.Result refused = put();

    assertThat(refused.exitCode()).isEqualTo(4);
    assertThat(refused.err()).contains("out").contains("--outside-links");
    assertThat(cluster.keys()).containsExactly("p/q", "p/q/in");
    assertThat(put("--outside-links", "skip").exitCode()).isZero();
    assertThat(put("--outside-links", "copy").exitCode()).isZero();
    get();
    assertThat(target.resolve("out")).isRegularFile().hasContent("s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../evil", "a/../../evil", "./evil", "a//evil", "/evil"})
  void nameThatLeadsOutIsRefusedAndTheRestRestored(String name) {
    cluster.plant("p/q/" + name, "evil", Map.of());
    cluster.plant("p/q/good", "good", Map.of());

    Shell.Result result = get();

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(target.resolve("good")).hasContent("good");
    assertThat(temp.resolve("evil")).doesNotExist();
    assertThat(Path.of("/evil")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc", "..", "../../x", "a/../..", "up/..", "again"})
  void linkThatLeadsOutIsRefused(String to) {
    plantLink("up", ".");
    plantLink("again", "up/../..");
    plantLink("link", to);

    Shell.Result result = get();

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(Files.exists(target.resolve("link"), LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @Test
  void fileIsNeverWrittenThroughALink() throws IOException {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Files.createDirectory(target);
    Files.createSymbolicLink(target.resolve("dir"), outside);
    Files.createSymbolicLink(target.resolve("file"), outside.resolve("victim"));
    Files.writeString(outside.resolve("victim"), "untouched");
    cluster.plant("p/q/dir/evil", "evil", Map.of());
    cluster.plant("p/q/file", "new", Map.of());

    Shell.Result result = get();

    assertThat(result.exitCode()).isEqualTo(4);
    assertThat(outside.resolve("evil")).doesNotExist();
    assertThat(outside.resolve("victim")).hasContent("untouched");
    assertThat(target.resolve("file")).hasContent("new");
    assertThat(Files.isSymbolicLink(target.resolve("file"))).isFalse();
  }

  @Test
  void plantedLinkAndFileBelowItDoNotWriteOutside() throws IOException {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    plantLink("dir", outside.toString());
    cluster.plant("p/q/dir/evil", "evil", Map.of());

    assertThat(get().exitCode()).isEqualTo(4);
    assertThat(outside).isEmptyDirectory();
  }

  private void plantLink(String name, String to) {
    cluster.plant(
        "p/q/" + name,
        to,
        Map.of("type", "symlink", "mode", "0777", "mtime", "2026-01-01T00:00:00Z"));
  }
}

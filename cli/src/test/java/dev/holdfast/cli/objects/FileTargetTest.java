// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.cli.FakeCluster;
import dev.holdfast.cli.Shell;
import dev.holdfast.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sources and targets that a shell gives: streams, links, several names, a slash at the end. */
@Timeout(60)
final class FileTargetTest {
  @TempDir private Path temp = Path.of("");
  private final FakeCluster cluster;

  FileTargetTest() throws IOException {
    cluster = new FakeCluster();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private Shell.Result run(String... command) {
    return Shell.in(temp)
        .run(
            Stream.concat(Stream.of(command), Stream.of("--server", cluster.url()))
                .toArray(String[]::new));
  }

  private Path pipe(String name) throws Exception {
    Path pipe = temp.resolve(name);
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  private static CompletableFuture<String> read(Path pipe) {
    CompletableFuture<String> all = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            all.complete(Files.readString(pipe));
          } catch (IOException e) {
            all.completeExceptionally(e);
          }
        });
    return all;
  }

  private static boolean isOther(Path path) throws IOException {
    return Boolean.TRUE.equals(Files.getAttribute(path, "isOther", LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void pipeIsWrittenToAndStaysOne() throws Exception {
    cluster.plant("k", "through the pipe", Map.of());
    Path pipe = pipe("pipe");
    CompletableFuture<String> reader = read(pipe);

    Shell.Result get = run("get", "k", pipe.toString());

    assertThat(get.exitCode()).as(get.err()).isZero();
    assertThat(reader.get(30, TimeUnit.SECONDS)).isEqualTo("through the pipe");
    assertThat(isOther(pipe)).isTrue();
  }

  @Test
  void pipeThatAFolderHasInTheWayIsNotReplaced() throws Exception {
    cluster.plant("p/pipe", "x", Map.of());
    cluster.plant("p/z", "z", Map.of());
    Path pipe = pipe("pipe");

    Shell.Result get = run("get", "p", temp.toString());

    assertThat(get.exitCode()).isEqualTo(4);
    assertThat(get.err()).contains("pipe: a device, pipe or socket");
    assertThat(isOther(pipe)).isTrue();
    assertThat(temp.resolve("z")).hasContent("z");
  }

  @Test
  void linkIsFollowedAsCpDoes() throws IOException {
    cluster.plant("k", "new", Map.of());
    Path real = Files.writeString(temp.resolve("real"), "old");
    Path link = Files.createSymbolicLink(temp.resolve("link"), Path.of("real"));
    Path dangling = Files.createSymbolicLink(temp.resolve("dangling"), Path.of("nothing"));

    assertThat(run("get", "k", link.toString()).exitCode()).isZero();
    Shell.Result refused = run("get", "k", dangling.toString());

    assertThat(link).isSymbolicLink();
    assertThat(real).hasContent("new");
    assertThat(refused.exitCode()).isEqualTo(4);
    assertThat(refused.err()).contains("nothing");
    assertThat(temp.resolve("nothing")).doesNotExist();
  }

  @Test
  void pipeIsReadToItsEnd() throws Exception {
    Path pipe = pipe("pipe");
    Thread.ofVirtual().start(() -> writeTo(pipe, "from the pipe"));

    Shell.Result put = run("put", pipe.toString(), "k");

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(cluster.content("k")).isEqualTo("from the pipe");
  }

  private static void writeTo(Path pipe, String text) {
    try {
      Files.writeString(pipe, text, java.nio.file.StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void standardStreamsHaveTheirUsualNames() {
    Shell shell = Shell.in(temp);

    Shell.Result put = shell.runWith("hello", "put", "/dev/stdin", "k", "--server", cluster.url());
    Shell.Result get = run("get", "k", "/dev/stdout");

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(get.out()).isEqualTo("hello");
    assertThat(run("put", "-", "dir/").exitCode()).isEqualTo(2);
  }

  @Test
  void fileThatSaysItIsEmptyAndIsNotIsReadAsAStream() {
    Shell.Result put = run("put", "/proc/self/status", "k");

    assertThat(put.exitCode()).as(put.err()).isZero();
    assertThat(cluster.content("k")).contains("Name:");
  }

  @Test
  void severalSourcesGoBelowAPrefix() throws IOException {
    Path a = Files.writeString(temp.resolve("a"), "1");
    Path b = Files.createDirectory(temp.resolve("b"));
    Files.writeString(b.resolve("x"), "2");
    Path other = Files.writeString(Files.createDirectory(temp.resolve("c")).resolve("a"), "3");
    cluster.plant("dir/untouched", "x", Map.of());

    Shell.Result none = run("put", a.toString(), b.toString(), "dir");
    Shell.Result put = run("put", a.toString(), b.toString(), other.toString(), "gone", "dir/");

    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("dir/");
    assertThat(put.exitCode()).isEqualTo(4);
    assertThat(put.err()).contains("gone: it does not exist").contains("another source");
    assertThat(cluster.keys()).containsExactly("dir/a", "dir/b", "dir/b/x", "dir/untouched");
    assertThat(cluster.content("dir/a")).isEqualTo("1");
    assertThat(run("put", a.toString(), b.toString(), "dir/").out())
        .contains("stored 0 entries")
        .contains("3 unchanged");
  }

  @Test
  void slashAtTheEndMeansBelow() throws IOException {
    Path file = Files.writeString(temp.resolve("f"), "1");
    Files.writeString(Files.createDirectory(temp.resolve("d")).resolve("x"), "2");

    assertThat(run("put", file.toString(), "dir/").exitCode()).isZero();
    assertThat(run("put", temp.resolve("d").toString(), "dir/").exitCode()).isZero();
    Shell.Result get = run("get", "dir/f", temp.resolve("new") + "/");

    assertThat(cluster.keys()).containsExactly("dir/d", "dir/d/x", "dir/f");
    assertThat(get.exitCode()).as(get.err()).isZero();
    assertThat(temp.resolve("new/f")).hasContent("1");
  }

  @Test
  void rmTakesSeveralKeysAndNamesThoseThatAreNotThere() {
    for (String key : new String[] {"a", "b", "c/d", "c/e", "f"}) {
      cluster.plant(key, "1", Map.of());
    }

    Shell.Result rm = run("rm", "a", "gone", "b", "--json");
    Shell.Result below = run("rm", "-r", "c", "gone");

    assertThat(rm.exitCode()).isEqualTo(3);
    assertThat(rm.err()).contains("gone");
    assertThat(Terminal.JSON.readTree(rm.out()).path("deleted").size()).isEqualTo(2);
    assertThat(below.exitCode()).isEqualTo(3);
    assertThat(cluster.keys()).containsExactly("f");
    assertThat(run("rm", "f/").exitCode()).isEqualTo(2);
  }

  @Test
  void folderIsNotRestoredOverAFile() throws IOException {
    cluster.plant("p/x", "1", Map.of());
    Path file = Files.writeString(temp.resolve("f"), "mine");

    Shell.Result get = run("get", "p", file.toString());

    assertThat(get.exitCode()).isEqualTo(4);
    assertThat(get.err()).contains("a file, not a folder");
    assertThat(file).hasContent("mine");
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.cli.objects.SafeFolder.RefusedException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SafeFolderTest {
  private static final InstantSource NOW = InstantSource.system();
  private static final InstantSource LATER = InstantSource.offset(NOW, Duration.ofMinutes(2));

  @TempDir private Path temp = Path.of("");

  private List<Path> below(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> !path.equals(folder)).toList();
    }
  }

  @Test
  void whatIsWrittenIsForItsOwnerAloneFromItsFirstByte() throws Exception {
    List<String> modes = new ArrayList<>();
    FileFacts facts = new FileFacts(FileKind.FILE, 0644, Instant.EPOCH, "");

    try (SafeFolder folder = new SafeFolder(temp.resolve("out"), NOW)) {
      folder.writeFile(
          List.of("new", "secret"),
          out -> {
            out.write(1);
            for (Path path : below(temp.resolve("out"))) {
              modes.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
            }
          },
          facts::applyTo);
      folder.finishFolders();
    }

    assertThat(modes).containsExactlyInAnyOrder("rwx------", "rw-------");
    assertThat(FileFacts.mode(temp.resolve("out/new/secret"))).isEqualTo(0644);
    assertThat(FileFacts.mode(temp.resolve("out/new")))
        .as("the mode of a new folder")
        .isEqualTo(FileFacts.mode(Files.createDirectory(temp.resolve("usual"))));
  }

  @Test
  void linkThatTookThePlaceOfAFolderMeanwhileIsNotFollowed() throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Path out = temp.resolve("out");
    try (SafeFolder folder = new SafeFolder(out, NOW)) {
      folder.makeFolder(List.of("d"));
      Files.delete(out.resolve("d"));
      Files.createSymbolicLink(out.resolve("d"), outside);

      assertThatThrownBy(
              () -> folder.writeFile(List.of("d", "f"), o -> o.write(1), folder::finishAsNew))
          .isInstanceOf(RefusedException.class)
          .hasMessage("d is a link");
      assertThatThrownBy(() -> folder.writeLink(List.of("d", "l"), "x", fresh -> {}))
          .isInstanceOf(RefusedException.class);
    }

    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void linkThatTookThePlaceOfAFolderWhileAFileWasWrittenIsNotFollowed() throws Exception {
    Path outside = Files.createDirectory(temp.resolve("outside"));
    Path out = temp.resolve("out");
    try (SafeFolder folder = new SafeFolder(out, NOW)) {
      assertThatThrownBy(() ->
              folder.writeFile(
                  List.of("d", "f"),
                  o -> {
                    Files.move(out.resolve("d"), out.resolve("moved"));
                    Files.createSymbolicLink(out.resolve("d"), outside);
                  },
                  fresh -> {}))
          .isInstanceOf(RefusedException.class);
    }

    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void endOfTheCommandRemovesWhatIsNotWhole() throws Exception {
    SafeFolder folder = new SafeFolder(temp, NOW);
    List<Path> seen = new ArrayList<>();

    assertThatThrownBy(() ->
            folder.writeFile(
                List.of("f"),
                out -> {
                  seen.addAll(below(temp));
                  folder.close(); // As the hook does at the end of the process.
                  assertThat(temp).isEmptyDirectory();
                  out.write(1);
                },
                folder::finishAsNew))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(
            () -> folder.writeFile(List.of("g"), out -> out.write(1), folder::finishAsNew))
        .hasMessage("the command is ending");

    assertThat(seen).hasSize(1);
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void partOfAKilledCommandGoesAndThatOfARunningOneStays() throws Exception {
    Path killed = temp.resolve(".holdfast-" + UUID.randomUUID() + ".part");
    Path running = temp.resolve(".holdfast-" + UUID.randomUUID() + ".part");
    Path users = Files.writeString(temp.resolve(".holdfast-notes.part"), "mine");
    Files.writeString(killed, "half");
    try (PartFiles.Opened open = PartFiles.open(running);
        PartFiles early = new PartFiles(NOW);
        PartFiles late = new PartFiles(LATER)) {
      assertThat(open.path()).exists();
      assertThat(early.removeLeftBehind(temp)).as("it may not be locked yet").isZero();
      assertThat(late.removeLeftBehind(temp)).isEqualTo(1);
    }

    assertThat(killed).doesNotExist();
    assertThat(running).exists();
    assertThat(users).exists();
  }

  @Test
  void zerosAreNotWritten() throws Exception {
    Path file = temp.resolve("f");
    byte[] hole = new byte[3 << 20];
    try (SafeFolder folder = new SafeFolder(temp, NOW)) {
      folder.writeFile(
          List.of("f"),
          out -> {
            out.write("begin".getBytes(StandardCharsets.UTF_8));
            writeUnevenly(out, hole);
            out.write("end".getBytes(StandardCharsets.UTF_8));
            writeUnevenly(out, hole);
          },
          folder::finishAsNew);
    }

    byte[] read = Files.readAllBytes(file);
    assertThat(read)
        .hasSize(2 * hole.length + 8)
        .startsWith("begin".getBytes(StandardCharsets.UTF_8));
    assertThat(new String(read, hole.length + 5, 3, StandardCharsets.UTF_8)).isEqualTo("end");
    assertThat(bytesOnDisk(file)).isLessThan(1 << 20);
  }

  private static void writeUnevenly(OutputStream out, byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; at += 10_007) {
      out.write(bytes, at, Math.min(10_007, bytes.length - at));
    }
  }

  private static long bytesOnDisk(Path file) throws Exception {
    Process du = new ProcessBuilder("du", "-k", file.toString()).start();
    String said = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return Long.parseLong(said.substring(0, said.indexOf('\t'))) << 10;
  }
}

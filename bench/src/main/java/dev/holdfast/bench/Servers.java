// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Processes of one peer, which can be killed and started again one by one. */
final class Servers implements AutoCloseable {
  static final int COUNT = 3;

  /** Of each that runs on a JVM: a million znodes need more than one GiB. */
  static final String HEAP = "2g";

  private final List<ProcessBuilder> programs = new ArrayList<>();
  private final List<Process> running = new ArrayList<>();

  /** Of any program, with its output in a file. */
  void start(Path log, List<String> command) throws IOException {
    start(new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()));
  }

  /** Of a class of this class path. */
  void startJava(Path log, String main, List<String> arguments) throws IOException {
    start(log, Java.command(HEAP, List.of(), main, arguments));
  }

  private void start(ProcessBuilder program) throws IOException {
    programs.add(program);
    running.add(started(program));
  }

  private static Process started(ProcessBuilder program) throws IOException {
    Process process = program.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return process;
  }

  void kill(int index) throws InterruptedException {
    running.get(index).destroyForcibly().waitFor();
  }

  void restart(int index) throws IOException {
    ProcessBuilder program = programs.get(index);
    program.redirectOutput(ProcessBuilder.Redirect.appendTo(program.redirectOutput().file()));
    running.set(index, started(program));
  }

  List<Long> pids() {
    return running.stream().filter(Process::isAlive).map(Process::pid).toList();
  }

  @Override
  public void close() {
    running.forEach(Process::destroy);
    running.forEach(Java::stop);
  }

  static int[] freePorts(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    int[] ports = new int[count];
    try {
      for (int i = 0; i < count; i++) {
        ServerSocket socket = new ServerSocket(0);
        sockets.add(socket);
        ports[i] = socket.getLocalPort();
      }
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ports;
  }

  /** The folder of one server. */
  static Path folder(Path parent, int index) throws IOException {
    return Files.createDirectories(parent.resolve("s" + (index + 1)));
  }
}

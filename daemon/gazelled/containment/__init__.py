"""What keeps a plugin from harming the process: threads, the event loop, tasks, logs, crashes."""

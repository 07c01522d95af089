process.stdout.write("nothing here yet\n");

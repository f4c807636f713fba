-- By this number in its header a file is known as gatehouse's: "gate" in ASCII.
PRAGMA application_id = 1734440037;

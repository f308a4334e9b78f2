def main(folder):
    raise NotImplementedError
